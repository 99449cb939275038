"""A submission as its author and the office see it, and as the package that an approval makes of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ckan import model

from ckanext.govshare import cases
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.cases import SUBMISSION, Act, Party
from ckanext.govshare.publication import submissions_registered as registered
from ckanext.govshare.publication import submissions_used
from ckanext.govshare.publication.submissions import CONTACT, LOOKED_AT, Submission

PUBLIC_FILE = ("filename", "size", "mimetype")


def moment(when: datetime) -> str:
    """A moment in ISO form, Beijing time."""
    return when.astimezone(clock.ZONE).isoformat(timespec="seconds")


def line(row: Submission, case: cases.Case) -> dict[str, Any]:
    """A submission in a list of the office."""
    return {
        "id": row.id,
        "state": case.state,
        "title": case.title,
        "created": moment(row.created),
        "since": moment(case.since),
        **{key: row.data.get(key, "") for key in ("app_form", "developer", "developer_kind")},
    }


def shown(row: Submission, case: cases.Case, party: Party) -> dict[str, Any]:
    """A whole submission as `govshare_submission_show` describes it."""
    office = party is Party.OFFICE
    codes = row.data.get("dataset_codes") or []
    known = submissions_used.resolve(codes)
    acts = cases.events(row.id)
    returned = [event.opinion for event in acts if event.act == Act.RETURN.value]
    package = model.Package.get(row.package_id) if row.package_id else None
    answer = {
        **line(row, case),
        "data": row.data,
        "files": {
            kind: {key: file[key] for key in (*PUBLIC_FILE, *(("hash",) if office else ()))}
            for kind, file in row.files.items()
        },
        "contact": {name: getattr(row, name) for name in CONTACT},
        "datasets": list({entry["name"]: entry for entry in known.values()}.values()),
        "not_open": [code for code in codes if code not in known],
        "duplicates": _duplicates(row, public=not office),
        "reason": returned[-1] if returned else "",
        "acts": [move.act.value for move in SUBMISSION.open_acts(case.state) if move.party is party],
        "package": _registered(package) if package else None,
        "needs_look": row.data["app_form"] in LOOKED_AT,
    }
    if not office:
        return answer
    return answer | {
        "identifier": row.identifier,
        "revision": row.revision,
        "events": [event.as_dict() for event in acts],
        "looks": registered.looks([row.package_id])[row.package_id] if row.package_id else [],
    }


def _registered(package: model.Package) -> dict[str, Any]:
    found = {key: getattr(package, key) for key in ("id", "name", "title")}
    return found | {"shown": package.state == "active" and package.extras.get("approved") == "1"}


def _duplicates(row: Submission, public: bool) -> list[dict[str, str]]:
    found = registered.duplicates(row.identifier, but=row.id, public=public)
    return [same for same in found if same["id"] != row.package_id]


def package(row: Submission, case: cases.Case) -> dict[str, Any]:
    """The application that an approval registers: what was handed in, without the contact.

    Its pictures stay with the submission; pages take them from there.
    """
    values = {
        "type": "application",
        "owner_org": case.organization_id,
        "approved": "1",
        **row.data,
    }
    if "report" in row.files:
        file = row.files["report"]
        values["resources"] = [{
            "name": row.data["title"], "format": "PDF", "url": f"{file['hash'][:16]}.pdf", "url_type": "upload",
            "hash": file["hash"], "size": file["size"], "mimetype": file["mimetype"],
            "original_name": f"{row.data['title']}.pdf",
        }]  # fmt: skip
    return {key: value for key, value in values.items() if value not in ("", None)}
