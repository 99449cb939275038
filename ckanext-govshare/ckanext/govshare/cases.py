"""Cases as they are kept: one row a case, one row an act. Rooms open cases here; the moves are in `kernel.cases`.

Nothing commits: a case moves in the transaction of what its act brings about.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.govshare import roles
from ckanext.govshare.kernel import cases, clock

WHEN = sa.DateTime(timezone=True)


class Case(tk.BaseModel):
    """A case and where it stands (migration 004)."""

    __tablename__ = "govshare_case"

    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: str(uuid.uuid4()))
    kind: Mapped[str]
    state: Mapped[str]
    organization_id: Mapped[str]
    region: Mapped[str]
    title: Mapped[str]
    opened: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    opened_by: Mapped[str]
    since: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    due: Mapped[datetime | None] = mapped_column(WHEN)


class CaseEvent(tk.BaseModel):
    """One act: who did what to which case, when and with which words. Append-only."""

    __tablename__ = "govshare_case_event"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    case_id: Mapped[str]
    at: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    actor: Mapped[str]
    act: Mapped[str]
    from_state: Mapped[str]
    to_state: Mapped[str]
    opinion: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")

    def as_dict(self) -> dict[str, Any]:
        """JSON values for the history of a case."""
        return {
            "at": self.at.isoformat(timespec="seconds"),
            "actor": self.actor,
            "act": self.act,
            "from": self.from_state,
            "to": self.to_state,
            "opinion": self.opinion,
            "note": self.note,
        }


def office(region: str) -> roles.Organization:
    """The coordinating office of a region, before which come the cases that the public opens.

    :raises ValidationError: the region has none yet
    """
    group = model.Session.scalars(
        sa.select(model.Group)
        .where(
            model.Group.is_organization.is_(True),
            model.Group.state == "active",
            model.Group.extras["org_type"].astext == "office",
            model.Group.extras["region"].astext == region,
        )
        .order_by(model.Group.created)
    ).first()
    if group is None:
        raise tk.ValidationError({"": [tk._("This site has no coordinating office yet: nobody could review it")]})
    return roles.facts(group)


def start(kind: cases.CaseKind, *, organization_id: str, region: str, title: str, actor: str) -> Case:
    """Open a case in the first state of its kind.

    :param organization_id: the department that it belongs to
    :param region: region of the office that it may come before
    :param title: what people read in lists
    :param actor: name of the person, or of the exchange point, that opens it
    """
    case = Case(
        kind=kind.name,
        state=kind.first.value,
        organization_id=organization_id,
        region=region,
        title=title,
        opened_by=actor,
    )
    model.Session.add(case)
    model.Session.flush()
    return case


def lock(case_id: str) -> Case | None:
    """The case, held against everybody else until the transaction ends; None if there is no such case."""
    statement = sa.select(Case).where(Case.id == case_id).with_for_update()
    return model.Session.scalars(statement.execution_options(populate_existing=True)).first()


def act(
    case: Case,
    act: cases.Act | str,
    actor: str,
    *,
    opinion: str = "",
    end: str | None = None,
    note: str = "",
) -> cases.Move:
    """Do one act to a locked case, with its event and the record of events.

    :param opinion: words of the person; some acts demand them, where no note says it
    :param end: the state to reach, where the act may lead to several
    :param note: slug of what is special about it (``one_person``, ``department_publishes``)
    :raises ValidationError: the case stands elsewhere by now, or a reason is missing
    """
    kind = cases.KINDS[case.kind]
    try:
        move = kind.find(act, case.state, end)
    except cases.WrongAct:
        raise tk.ValidationError(
            {"state": [tk._("Somebody else acted meanwhile: look at where it stands now")]}
        ) from None
    opinion = opinion.strip()
    if move.reason and not opinion and not note:
        raise tk.ValidationError({"reason": [tk._("Give the reason")]})
    now = clock.now()
    model.Session.add(
        CaseEvent(
            case_id=case.id,
            at=now,
            actor=actor,
            act=move.act.value,
            from_state=move.start.value,
            to_state=move.end.value,
            opinion=opinion,
            note=note,
        )
    )
    case.state, case.since = move.end.value, now
    model.Session.flush()
    tk.get_action("govshare_event_add")(
        {"ignore_auth": True, "user": actor},
        {
            "action": f"{kind.name}_{move.act}",
            "object_type": kind.name,
            "object_id": case.id,
            "region": case.region,
            "data": {"title": case.title, "to": case.state, "opinion": opinion, "note": note},
        },
    )
    return move


def events(case_id: str) -> list[CaseEvent]:
    """The acts of a case, oldest first."""
    return list(
        model.Session.scalars(sa.select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.id))
    )
