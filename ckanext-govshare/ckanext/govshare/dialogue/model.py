"""What the public handed in, beside its case; and the condition under which the public sees it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.govshare import cases
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.cases import DIALOGUE, DialogueState

WHEN = sa.DateTime(timezone=True)
NULL = JSONB(none_as_null=True)
KINDS = ("request", "correction", "comment", "complaint")
GROUNDS = ("privacy", "business_secret", "intellectual_property")
CONTACT = ("contact_name", "contact_phone", "contact_mail")
#: Fields in words, which may be shown to the public once the office has seen them.
WORDS = ("title", "about", "text", "right", "purpose", "evidence")
OPEN = (
    DialogueState.RECEIVED.value,
    DialogueState.RETURNED.value,
    DialogueState.ACCEPTED.value,
    DialogueState.ANSWERED.value,
)
#: States in which others may read a case, if the office lets them.
PUBLIC = (DialogueState.ACCEPTED.value, DialogueState.ANSWERED.value, DialogueState.CLOSED.value)
PACKAGE = model.Package.__table__


class Dialogue(tk.BaseModel):
    """What somebody handed in; where it stands is its case (migration 021).

    `data` is as it was written and never changes but by its author; `shown` is what the public reads of it (none
    before the office's review): the same with every passage of `blacked` blacked out. `answer` is the department's,
    public since `answered`; `took` the working days until then. `words` is what a search of the public looks
    through. `marks` = words and marks that the reviewer should see, `mails` = ``[{at, what, to, mail}]``.
    """

    __tablename__ = "govshare_dialogue"

    id: Mapped[str] = mapped_column(sa.ForeignKey("govshare_case.id"), primary_key=True)
    kind: Mapped[str]
    package_id: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    contact_name: Mapped[str] = mapped_column(default="")
    contact_phone: Mapped[str] = mapped_column(default="")
    contact_mail: Mapped[str] = mapped_column(default="")
    code_hash: Mapped[str]
    address_hash: Mapped[str] = mapped_column(default="")
    created: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    revision: Mapped[int] = mapped_column(default=1)
    marks: Mapped[list[str]] = mapped_column(JSONB, default=list)
    shown: Mapped[dict[str, Any] | None] = mapped_column(NULL)
    blacked: Mapped[list[str]] = mapped_column(JSONB, default=list)
    answer: Mapped[str] = mapped_column(default="")
    answered: Mapped[datetime | None] = mapped_column(WHEN)
    took: Mapped[int | None]
    words: Mapped[str] = mapped_column(default="")
    taken_down: Mapped[datetime | None] = mapped_column(WHEN)
    mails: Mapped[list[dict[str, str]]] = mapped_column(JSONB, default=list)


Found = tuple[Dialogue, cases.Case]


def joined() -> sa.Select[Any]:
    """Everything that was handed in, with its cases."""
    return sa.select(Dialogue, cases.Case).join(cases.Case, cases.Case.id == Dialogue.id)


def entry_is_public() -> sa.ColumnElement[bool]:
    """Whether everybody sees the entry of a package row, as the catalogue's permission labels say it."""
    return sa.and_(
        PACKAGE.c.type == "dataset",
        PACKAGE.c.state == "active",
        PACKAGE.c.private.is_(False),
        PACKAGE.c.extras["catalogue_state"].astext == "published",
        PACKAGE.c.extras["open_type"].astext.in_(("1", "2")),
    )


def is_public() -> sa.ColumnElement[bool]:
    """Whether everybody may read a case: reviewed and let through, and nothing of an entry that is not open."""
    entry = sa.exists().where(PACKAGE.c.id == Dialogue.package_id, entry_is_public())
    return sa.and_(
        Dialogue.shown.is_not(None),
        cases.Case.state.in_(PUBLIC),
        sa.or_(Dialogue.package_id.is_(None), entry),
    )


def entries(package_ids: set[str | None]) -> dict[str, dict[str, str]]:
    """The entries among these that everybody sees: id → ``{id, name, title}``; at most one statement."""
    wanted = {id for id in package_ids if id}
    if not wanted:
        return {}
    columns = (PACKAGE.c.id, PACKAGE.c.name, PACKAGE.c.title)
    rows = model.Session.execute(sa.select(*columns).where(PACKAGE.c.id.in_(wanted), entry_is_public()))
    return {row.id: {"id": row.id, "name": row.name, "title": row.title or row.name} for row in rows}


def find(case_id: Any) -> Found | None:
    """A case with what was handed in, not locked."""
    if not isinstance(case_id, str) or not case_id.isascii() or "\x00" in case_id:
        return None
    row = model.Session.execute(joined().where(Dialogue.id == case_id)).first()
    return (row[0], row[1]) if row is not None else None


def by_code(code_hash: str) -> Found | None:
    """The case of a receipt."""
    row = model.Session.execute(joined().where(Dialogue.code_hash == code_hash)).first()
    return (row[0], row[1]) if row is not None else None


def locked(case_id: str) -> Found:
    """A case held against everybody else until the transaction ends.

    :raises ObjectNotFound: there is none
    """
    case = cases.lock(case_id) if find(case_id) is not None else None
    row = model.Session.get(Dialogue, case_id, populate_existing=True) if case is not None else None
    if case is None or row is None or case.kind != DIALOGUE.name:
        raise tk.ObjectNotFound(tk._("There is no such case"))
    return row, case
