"""Applications that somebody handed in: rows beside their cases, receipts, and how many may come a day.

Nothing here is a package: what the office has not approved leaves no trace in the catalogue, its searches and its
feeds. Contact data are columns of their own, so that no code that shows `data` can show them.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.govshare import cases, config, receipts, throttle
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.cases import SUBMISSION, SubmissionState

WHEN = sa.DateTime(timezone=True)
LOOK_HOLDS = timedelta(days=90)  # standards.md §7 "Applications"
LOOKED_AT = ("miniprogram", "app", "official_account")  # forms whose proof is a person's look
ONE_AT_A_TIME = 5_012  # key of the advisory lock under which submissions are counted
CONTACT = ("contact_name", "contact_phone", "contact_mail")


class Submission(tk.BaseModel):
    """What somebody handed in; where it stands is its case (migration 012).

    `data` = the fields of the application, `files` = kind → {hash, size (bytes), mimetype, filename}; `identifier` as
    `kernel.counting.application_identifier` makes it; `package_id` since the office approved it.
    """

    __tablename__ = "govshare_submission"

    id: Mapped[str] = mapped_column(sa.ForeignKey("govshare_case.id"), primary_key=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    files: Mapped[dict[str, dict[str, Any]]] = mapped_column(JSONB)
    identifier: Mapped[str] = mapped_column(default="")
    contact_name: Mapped[str]
    contact_phone: Mapped[str] = mapped_column(default="")
    contact_mail: Mapped[str] = mapped_column(default="")
    token_hash: Mapped[str]
    address_hash: Mapped[str] = mapped_column(default="")
    created: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    revision: Mapped[int] = mapped_column(default=1)
    package_id: Mapped[str | None]


class Look(tk.BaseModel):
    """A person of the office looked at an application: who, when, what was seen, and how long that is proof."""

    __tablename__ = "govshare_application_look"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    package_id: Mapped[str]
    at: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    actor: Mapped[str]
    ok: Mapped[bool]
    note: Mapped[str] = mapped_column(default="")
    holds_until: Mapped[date | None]

    def as_dict(self) -> dict[str, Any]:
        """JSON values: ``{at, actor, ok, note, holds_until}``."""
        return {
            "at": self.at.astimezone(clock.ZONE).isoformat(timespec="seconds"),
            "actor": self.actor,
            "ok": self.ok,
            "note": self.note,
            "holds_until": self.holds_until.isoformat() if self.holds_until else None,
        }


def one_at_a_time() -> None:
    """Let others who hand in wait until this transaction ends."""
    throttle.one_at_a_time(ONE_AT_A_TIME)


def token_of(nonce: str) -> str:
    """The token of the receipt that a form leads to."""
    return receipts.token_of("submission", nonce)


def count_at_the_door(address: str) -> str:
    """Let in so many submissions a day and no more.

    :param address: of who hands in, as the web server knows it
    :returns: the day's mark of the address
    :raises ValidationError: ``throttled``: today's number is reached, of this address or of the site
    """
    mark, mine, everybody = throttle.today(Submission, address)
    if mine >= config.get("publication.submissions_per_day"):
        message = tk._("Today's number of applications from your address is reached. Hand it in tomorrow.")
        raise tk.ValidationError({"throttled": [message]})
    if everybody >= config.get("publication.submissions_per_day_site"):
        message = tk._("Very many applications were handed in today. Hand yours in tomorrow.")
        raise tk.ValidationError({"throttled": [message]})
    return mark


def add(found: dict[str, Any], token: str, mark: str, actor: str) -> Submission:
    """Keep a new submission with its case; the caller commits.

    :param found: ``{data, contact, files, identifier}``
    """
    reviewed_by = cases.office(config.region())
    case = cases.start(
        SUBMISSION,
        organization_id=reviewed_by.id,
        region=reviewed_by.region,
        title=found["data"]["title"],
        actor=actor,
    )
    row = Submission(
        id=case.id, token_hash=receipts.hash_of(token), address_hash=mark, data=found["data"], files=found["files"],
        identifier=found["identifier"], **found["contact"],
    )  # fmt: skip
    model.Session.add(row)
    model.Session.flush()
    record("submission_create", case, actor)
    return row


def record(action: str, case: cases.Case, actor: str, **data: Any) -> None:
    """Leave an event about a submission in the record of events."""
    tk.get_action("govshare_event_add")(
        {"ignore_auth": True, "user": actor},
        {
            "action": action,
            "object_type": "submission",
            "object_id": case.id,
            "region": case.region,
            "data": {"title": case.title, **data},
        },
    )


def by_token(token: Any) -> Submission | None:
    """The submission of a receipt."""
    if not isinstance(token, str) or not token:
        return None
    return model.Session.scalars(sa.select(Submission).filter_by(token_hash=receipts.hash_of(token))).first()


def by_id(submission_id: Any) -> tuple[Submission, cases.Case] | None:
    """A submission with its case, not locked."""
    if not isinstance(submission_id, str) or "\x00" in submission_id:
        return None
    row = model.Session.execute(
        sa.select(Submission, cases.Case)
        .join(cases.Case, cases.Case.id == Submission.id)
        .where(Submission.id == submission_id)
    ).first()
    return (row[0], row[1]) if row is not None else None


def files_of(package_ids: list[str]) -> dict[str, dict[str, dict[str, Any]]]:
    """Files that were handed in with registered applications, by package and kind; one statement."""
    rows = model.Session.execute(
        sa.select(Submission.package_id, Submission.files).where(Submission.package_id.in_(package_ids))
    )
    return {row.package_id: row.files for row in rows}


def locked(submission_id: Any) -> tuple[Submission, cases.Case]:
    """A submission with its case, held against everybody else until the transaction ends.

    :raises ObjectNotFound: there is no such submission
    """
    case = cases.lock(submission_id) if by_id(submission_id) is not None else None
    row = model.Session.get(Submission, submission_id, populate_existing=True) if case is not None else None
    if case is None or row is None:
        raise tk.ObjectNotFound(tk._("There is no such submission"))
    return row, case


def forget_contact(row: Submission) -> None:
    """Contact data are kept only as long as somebody may need them (个人信息保护法 第四十七条)."""
    row.contact_name = row.contact_phone = row.contact_mail = ""


def waiting(regions: set[str]) -> tuple[int, datetime | None]:
    """How many submissions wait for the office of these regions, and since when the oldest does."""
    case = cases.Case
    return model.Session.execute(
        sa.select(sa.func.count(), sa.func.min(case.since)).where(
            case.kind == SUBMISSION.name,
            case.state == SubmissionState.SUBMITTED.value,
            case.region.in_(regions),
        )
    ).one()
