"""Reminders of monthly reports: officer, then head, then office; at most one message a level (anchors §5, decision 7).

A message is a mail beside the line of the to-do list (`reports_todo`), which is there anyway. What was sent is a row:
it is claimed and committed before anything is sent, so that two timers send nothing twice, and a mail that failed is
recorded and not tried again. Messages go out on working days.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from functools import partial

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.govshare import cases, config, mailing, roles
from ckanext.govshare.kernel import clock, workdays
from ckanext.govshare.kernel.cases import ReportState
from ckanext.govshare.publication.reports_model import Period
from ckanext.govshare.publication.reports_shown import Organization, joined, read


class Level(str, Enum):
    """Who is reminded."""

    OFFICER = "officer"  # 填报员
    HEAD = "head"  # 审核员
    OFFICE = "office"  # 主管部门


class Reminder(tk.BaseModel):
    """One message that went out, or was tried (migration 014). `sent_to`: ``[{user, mail}]``."""

    __tablename__ = "govshare_reminder"

    key: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), default=clock.now)
    sent_to: Mapped[list[dict[str, str]]] = mapped_column(JSONB, default=list)


@dataclass
class Message:
    """What is to be said, to whom, and by what it is known as said.

    :param departments: those whose report is missing; for officers and heads their own
    """

    key: str
    level: Level
    period: Period
    departments: list[Organization] = field(default_factory=list)


def reached(level: Level, due: date, now: datetime, days: int) -> bool:
    """Whether it is time for a level.

    :param due: day at whose 24:00 the report is due
    :param days: working days before the due day from which officers are reminded; 0: on the due day
    """
    if level is Level.OFFICER:
        return workdays.between(now.date(), due) <= days
    first = clock.end_of_day(due)
    return now >= (first if level is Level.HEAD else workdays.add(due, 1).end)


def send_due() -> int:
    """Send every message whose time has come and that was not sent. Commits each one by itself.

    :returns: how many went out, or were tried
    """
    if not workdays.is_workday(clock.today()):
        return 0
    messages = _messages()
    known = _known(message.key for message in messages)
    post, number = mailing.Post(), 0
    for message in messages:
        if (message.key, message.level.value) in known or not _claimed(message):
            continue
        number += 1
        _note(message, post.tell(_people(message), partial(_words, message)))
    return number


def _messages() -> list[Message]:
    """Everything that is to be said by now, said already or not; one statement."""
    days, now = config.get("publication.report_remind_days"), clock.now()
    missing = joined().where(cases.Case.state == ReportState.OPEN.value, Period.locked.is_(None))
    found: dict[tuple[str, Level], Message] = {}
    for held, organization in read(missing):
        period = held.period
        month = f"report:{period.region}:{period.period}"
        for level in Level:
            if reached(level, period.due, now, days):
                key = month if level is Level.OFFICE else f"{month}:{organization['id']}"
                message = found.setdefault((key, level), Message(key, level, period))
                message.departments.append(organization)
    return [
        found[place] for place in sorted(found, key=lambda place: (place[0], list(Level).index(place[1])))
    ]


def _known(keys: Iterable[str]) -> set[tuple[str, str]]:
    statement = sa.select(Reminder.key, Reminder.level).where(Reminder.key.in_(set(keys)))
    return {(key, level) for key, level in model.Session.execute(statement)}


def _claimed(message: Message) -> bool:
    """Whether this run is the one that says it: whoever writes the row first."""
    row = {"key": message.key, "level": message.level.value, "at": clock.now(), "sent_to": []}
    claim = insert(Reminder).values(row).on_conflict_do_nothing().returning(Reminder.key)
    claimed = model.Session.execute(claim).first() is not None
    model.Session.commit()
    return claimed


def _note(message: Message, told: list[dict[str, str]]) -> None:
    """Keep to whom it was said."""
    row = sa.update(Reminder).where(Reminder.key == message.key, Reminder.level == message.level.value)
    model.Session.execute(row.values(sent_to=told))
    model.Session.commit()


def _people(message: Message) -> set[str]:
    """Whom a level reaches, by name: of a department who writes (heads only where nobody else does), or who reviews."""
    if message.level is Level.OFFICE:
        return mailing.office(message.period.region)
    department = message.departments[0]["id"]
    if message.level is Level.HEAD:
        return roles.holders(roles.Role.REVIEWER, department)
    return mailing.writers(department)


def _words(message: Message) -> tuple[str, str]:
    """Subject and text, in the language in force."""
    period, titles = message.period, "、".join(organization["title"] for organization in message.departments)
    due = tk._("{day} 24:00").format(day=period.due.isoformat())
    overdue = clock.now() >= clock.end_of_day(period.due)
    if message.level is Level.OFFICE:
        number = len(message.departments)
        subject = tk._("{number} monthly reports of {period} are missing").format(
            number=number, period=period.period
        )
        text = tk._("They were due by {due}. Not handed in: {departments}").format(
            due=due, departments=titles
        )
        path = f"/office/reports?period={period.period}"
    else:
        late, soon = (
            tk._("The monthly report {period} is overdue"),
            tk._("The monthly report {period} is due soon"),
        )
        subject = (late if overdue else soon).format(period=period.period)
        text = tk._("{department} has not handed in its report; due by {due}.").format(
            department=titles, due=due
        )
        path = f"/desk/report/{period.period}?organization={message.departments[0]['name']}"
    return subject, "\n\n".join([text, mailing.address(path)])
