"""The reviews before opening of the demo city: each department signs for its files, the office of its region confirms.

Two entries stay on the way, so that desk and office have something to do; what the gate refuses (a PDF alone, a list
without licence) is left where a real city would find it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ckanext.govshare.kernel import clock
from ckanext.govshare.runtime.demo import city, people

Do = Callable[..., Any]
PAGE = 100
OPINION = "经审查，不涉及国家秘密、工作秘密和个人信息，可以向社会开放。"
BASIS = "《中华人民共和国政府信息公开条例》第十四条、第十五条；《中华人民共和国个人信息保护法》第四条"
GROUNDS = {
    "phone": "为机构对外公布的办公、咨询电话，不属于个人信息。",
    "link": "已下载文件逐列核对，内容与目录登记一致。",
    "column_name": "该列为机构或企业的公开信息，依法公示，不涉及自然人。",
}
DONE_BY_OTHERS = ("machine_readable", "licence", "items", "scan")


class Reviews:
    """One round through the gate.

    :param do: an action in the name of a person: ``do(user, action, **data)``
    :param name_of: the name of an organisation on this site
    """

    def __init__(self, do: Do, name_of: Callable[[str], str]):
        self.do, self.name_of = do, name_of
        self.held = {entry.fields["name"]: entry.review for entry in city.entries() if entry.review}

    def everything(self) -> int:
        """Sign and confirm what waits; answers how many files and points were signed for."""
        return sum(self.department(department) for department in city.departments())

    def department(self, department: dict[str, Any]) -> int:
        """The files of one department, its exchange points first."""
        name = department["name"]
        account = people.reviewer(name)
        if account is None:
            return 0
        reviewer = account["name"]
        signed = 0
        for point in [
            row for row in city.points() if row["organization"] == name and row["kind"] == "database"
        ]:
            files = [file for file in self.waiting(reviewer, name) if file["point"] == point["name"]]
            if files and all(file["scan"]["state"] == "done" for file in files):
                signed += self.point(reviewer, department, point["name"], files)
        for file in {file["digest"]: file for file in self.waiting(reviewer, name)}.values():
            held = self.held.get(file["package"]["name"])
            if held != "waiting" and file["stage"] not in DONE_BY_OTHERS and file["stage"] != "":
                signed += self.file(reviewer, department, file, held)
        return signed

    def waiting(self, reviewer: str, department: str) -> list[dict[str, Any]]:
        """Files of a department that are published and not open."""
        data = {"organization": self.name_of(department), "state": "waiting", "limit": PAGE}
        return self.do(reviewer, "govshare_opening_list", **data)["results"]

    def point(
        self, reviewer: str, department: dict[str, Any], point: str, files: list[dict[str, Any]]
    ) -> int:
        """A standing record: what the point delivers later opens by it while its columns and findings are these."""
        for file in files:
            self.clear(reviewer, file)
        self.do(reviewer, "govshare_opening_sign", exchange_point=point, **signature(department))
        self.do(office(department), "govshare_opening_confirm", exchange_point=point)
        return 1

    def file(self, reviewer: str, department: dict[str, Any], file: dict[str, Any], held: str | None) -> int:
        """One file; a held one stays signed."""
        about = {"organization": self.name_of(department["name"]), "digest": file["digest"]}
        signed = 0
        if file["stage"] != "confirm":
            self.clear(reviewer, file)
            self.do(reviewer, "govshare_opening_sign", **about, **signature(department))
            signed = 1
        if held != "signed":
            self.do(office(department), "govshare_opening_confirm", **about)
        return signed

    def clear(self, reviewer: str, file: dict[str, Any]) -> None:
        """Every finding of a file, with its ground."""
        for finding in file["scan"]["findings"]:
            if finding["cleared"] is None:
                ground = GROUNDS["phone" if "电话" in finding["column"] else finding["kind"]]
                about = {"organization": file["provider"]["name"], "digest": file["digest"]}
                what = {"kind": finding["kind"], "column": finding["column"], "ground": ground}
                self.do(reviewer, "govshare_opening_clear", **about, **what)


def signature(department: dict[str, Any]) -> dict[str, str]:
    """What a department writes under its review."""
    account = people.reviewer(department["name"]) or {}
    return {
        "reviewer": account.get("fullname", department["title"]),
        "opinion": OPINION,
        "reviewed_on": clock.today().isoformat(),
        "basis": BASIS,
    }


def office(department: dict[str, Any]) -> str:
    """Who confirms for the region of a department."""
    account = people.confirmer(department["region"])
    if account is None:
        raise LookupError(f"nobody confirms for {department['name']}")
    return account["name"]
