"""What is tracked in the demo city: targets, plans, applications that were handed in, monthly reports.

What lies in the past was done in the past: the clock of this process stands where the act was done. Whatever the site
does not offer is left out, and what is there stays as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.govshare.kernel import clock
from ckanext.govshare.runtime.demo import city, people

Do = Callable[..., Any]
OFFICE = "demo-office"
PAGE = 100
MOST = 1000


@cache
def data() -> dict[str, Any]:
    """Plans, applications and reports of the city."""
    return city.tracking()


def at(days: int, hour: int = 10) -> datetime:
    """A moment some days from today, Beijing time."""
    return datetime.combine(clock.today() + timedelta(days=days), time(hour), clock.ZONE)


class Tracking:
    """One round of making what is not there.

    :param do: an action in the name of a person: ``do(user, action, **data)``
    :param name_of: the name of an organisation on this site
    :param offers: whether the site has an action
    """

    def __init__(self, do: Do, name_of: Callable[[str], str], offers: Callable[[str], bool]):
        self.do, self.name_of, self.offers = do, name_of, offers

    def targets(self, user: str) -> int:
        """Set the targets that are not there, and lock those whose day is over; answers how many were set."""
        if not self.offers("govshare_target_load"):
            return 0
        fields = ("measure", "scope", "region", "organization", "field", "due")

        def key(target: dict[str, Any], organization: str) -> tuple[str, ...]:
            of = {**target, "organization": organization}
            return tuple(str(of.get(name) or "") for name in fields)

        known = {
            key(target, (target["organization"] or {}).get("name", ""))
            for target in self.do(user, "govshare_target_list")
        }
        wanted = []
        for row in city.targets():
            organization = self.name_of(row.get("organization", ""))
            if key(row, organization) not in known:
                wanted.append({**row, **({"organization": organization} if organization else {})})
        if wanted:
            self.do(user, "govshare_target_load", targets=wanted)
        self.do(user, "govshare_publication_due")
        return len(wanted)

    def plans(self, user: str) -> int:
        """Plan what nobody planned, and see what is done already; answers how many plans were made."""
        if not self.offers("govshare_plan_create"):
            return 0
        known = {
            (plan["organization"]["name"], plan["title"])
            for plan in self.do(OFFICE, "govshare_plan_list", region=city.city()["region"])
        }
        count = 0
        for row in data()["plans"]:
            name, account = self.name_of(row["dept"]), people.reviewer(row["dept"])
            if account is None or (name, row["title"]) in known:
                continue
            subject = {"organization": name, "title": row["title"], "field": row["field"]}
            day = {key: at(row[key]).date().isoformat() for key in ("planned", "moved") if key in row}
            with clock.frozen(at(row["made"])):
                wanted = {**subject, "planned": day["planned"], "note": row.get("note", "")}
                made = self.do(account["name"], "govshare_plan_create", **wanted)
            if "moved" in day:
                with clock.frozen(at(row["planned"])):
                    moved = {"id": made["id"], "planned": day["moved"], "reason": row["reason"]}
                    self.do(account["name"], "govshare_plan_update", **moved)
            count += 1
        self.do(user, "govshare_plan_due")
        return count

    def submissions(self) -> int:
        """Hand in the applications that nobody handed in; answers how many."""
        if not self.offers("govshare_submission_create"):
            return 0
        found = self.do(OFFICE, "govshare_submission_list", state="all", limit=PAGE)["results"]
        known = {row["title"] for row in found}
        missing = [row for row in data()["submissions"] if row["title"] not in known]
        for row in missing:
            fields = {key: value for key, value in row.items() if key != "returned"}
            with clock.frozen(at(-4)):
                made = self.do("", "govshare_submission_create", **fields, consent=True)
            if "returned" in row:
                with clock.frozen(at(-2)):
                    self.do(OFFICE, "govshare_submission_return", id=made["id"], reason=row["returned"])
        return len(missing)

    def reports(self, user: str) -> int:
        """Hand in, return, accept and close reports of the last two months; answers how many were handed in."""
        if not self.offers("govshare_report_due"):
            return 0
        last = (clock.today() - timedelta(days=28)).replace(day=1)
        before = (last - timedelta(days=1)).replace(day=1)
        known = {row["period"] for row in self._months()}
        if known and min(known) != f"{before:%Y-%m}":
            return 0  # somebody works with reports of other months
        count = self._closed(user, before, known) + self._last(user, last, known)
        self.do(user, "govshare_report_due")
        return count

    def _months(self) -> list[dict[str, Any]]:
        found = self.do(OFFICE, "govshare_report_list", region=city.city()["region"], limit=1)
        return found["periods"]

    def _open_ones(self, user: str, month: date, known: set[str]) -> tuple[dict[str, str], bool]:
        """Reports of a month that nobody wrote yet, and whether a nil report is there. Opens them where they are not.

        Opening does what the timer would have done when the month ended.
        """
        period = f"{month:%Y-%m}"
        if period not in known:
            with clock.frozen(_day(month, 25, 9)):
                self.do(user, "govshare_report_due")
        rows = self._reports_of(period)
        open_ones = [row for row in rows if row["state"] == "open" and not row["locked"]]
        return {row["organization"]["name"]: row["id"] for row in open_ones}, any(row["nil"] for row in rows)

    def _reports_of(self, period: str) -> list[dict[str, Any]]:
        wanted = {"region": city.city()["region"], "period": period, "limit": MOST}
        return self.do(OFFICE, "govshare_report_list", **wanted)["results"]

    def _closed(self, user: str, month: date, known: set[str]) -> int:
        """A month that the office has closed: in time, late, nil, and some that never came."""
        wanted, period = data()["reports"]["before"], f"{month:%Y-%m}"
        untouched, has_nil = self._open_ones(user, month, known)
        if not untouched:
            return 0
        done = self._hand_in(wanted["in_time"], untouched, period, _day(month, 25, 14))
        done += self._hand_in(wanted["late"], untouched, period, _day(month, 27, 15))
        done += [] if has_nil else self._nil(wanted["nil"], untouched, period, _day(month, 25, 16))
        with clock.frozen(_day(month, 28, 9)):
            for row in self._reports_of(period):
                if row["state"] == "submitted":
                    self.do(OFFICE, "govshare_report_accept", id=row["id"])
        with clock.frozen(_day(month, 28, 17)):
            self.do(OFFICE, "govshare_report_lock", period=period, region=city.city()["region"])
        return len(done)

    def _last(self, user: str, month: date, known: set[str]) -> int:
        """The last month: accepted, returned, waiting, late, nil, and the others still open."""
        wanted, period = data()["reports"]["last"], f"{month:%Y-%m}"
        untouched, has_nil = self._open_ones(user, month, known)
        accepted = self._hand_in(wanted["accepted"], untouched, period, _day(month, 25, 11))
        returned = self._hand_in(wanted["returned"], untouched, period, _day(month, 25, 14))
        waiting = self._hand_in(wanted["submitted"], untouched, period, _day(month, 25, 17))
        waiting += self._hand_in(wanted["late"], untouched, period, _day(month, 27, 15))
        waiting += [] if has_nil else self._nil(wanted["nil"], untouched, period, _day(month, 25, 16))
        with clock.frozen(_day(month, 26, 10)):
            for report in accepted:
                self.do(OFFICE, "govshare_report_accept", id=report)
            for report in returned:
                self.do(OFFICE, "govshare_report_return", id=report, reason=data()["reports"]["reason"])
        return len(accepted) + len(returned) + len(waiting)

    def _nil(
        self, departments: list[str], untouched: dict[str, str], period: str, moment: datetime
    ) -> list[str]:
        """The nil report of the first department that has nothing to report."""
        for name in departments:
            try:
                done = self._hand_in([name], untouched, period, moment, nil=True)
            except tk.ValidationError:
                continue  # the portal counted something there
            if done:
                return done
        return []

    def _hand_in(
        self,
        departments: list[str],
        untouched: dict[str, str],
        period: str,
        moment: datetime,
        *,
        nil: bool = False,
    ) -> list[str]:
        """Write and hand in the reports of departments that wrote nothing yet; their ids."""
        done = []
        for dept in departments:
            account, report = people.reviewer(dept), untouched.get(self.name_of(dept))
            if account is None or report is None:
                continue
            user = account["name"]
            found = self.do(user, "govshare_report_show", id=report)
            said = {
                "values": {} if nil else _written(dept, period),
                "nil": nil,
                "revision": found["revision"],
            }
            with clock.frozen(moment):
                saved = self.do(user, "govshare_report_save", id=report, **said)
                self.do(user, "govshare_report_submit", id=report, revision=saved["revision"])
            done.append(report)
        return done


def _day(month: date, day: int, hour: int) -> datetime:
    """A moment of a month, Beijing time."""
    return datetime.combine(month.replace(day=day), time(hour), clock.ZONE)


def _written(dept: str, period: str) -> dict[str, Any]:
    """What a department adds to the counted numbers: steady, and growing from month to month."""
    chances = _chances(f"{dept}{period}")
    base = _chances(dept)
    texts = data()["reports"]
    new, merged = next(chances) % 4, next(chances) % 2
    year, month = map(int, period.split("-"))
    total = 6 + next(base) % 9 + 4 * (month + 12 * (year % 10))
    return {
        "systems_merged_new": merged,
        "systems_merged": 1 + merged + month // 4,
        "requests_new": new,
        "requests_total": total,
        "answered_new": new,
        "answered_total": total - next(chances) % 2,
        "progress": texts["progress"][next(base) % len(texts["progress"])],
        "problems": texts["problems"] if next(chances) % 3 == 0 else "",
        "plans": texts["plans"],
    }


def _chances(seed: str) -> Iterator[int]:
    """Numbers that follow from a text."""
    return iter(hashlib.sha256(seed.encode()).digest())
