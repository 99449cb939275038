"""How an exchange point is, and one message when that changes.

``ok``; ``warn``: a run waits for a person, or records were refused; ``bad``: the last run failed; ``none``: it has not
run. A message is a row of the same transaction as the change; it is mailed after the commit, by a worker or by the
timer, whoever claims it first, so that it goes out at most once and no source that is down fills a mailbox.
"""

from __future__ import annotations

import logging
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import mailing, roles
from ckanext.govshare.exchange.model import RUN, ExchangePoint, HarvestRun, PointMessage
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.states import PointState, RunState

log = logging.getLogger(__name__)

NONE, OK, WARN, BAD = "none", "ok", "warn", "bad"
REFUSED = ("reject", "conflict")


def of(run: HarvestRun) -> str | None:
    """What a run says of the health of its point; None: nothing (a plan, a cancelled run, one under way)."""
    if run.dry_run and run.planned is None:
        return None  # somebody tried; a plan that is applied counts
    if run.state == RunState.DONE.value:
        return WARN if refused(run) else OK
    return {RunState.FAILED.value: BAD, RunState.HELD.value: WARN}.get(run.state)


def refused(run: HarvestRun) -> int:
    """How many records of its source a run found refused."""
    return sum(run.counts.get(name, 0) for name in REFUSED)


def note(run: HarvestRun) -> None:
    """Keep what a run says of its point, in the caller's transaction; people are told of a change after the commit.

    Called whenever a run ends and when it is held. A run that finds its point as it was writes nothing.
    """
    after = of(run)
    point = model.Session.get(ExchangePoint, run.point_id) if after else None
    if after is None or point is None or point.state != PointState.ACCEPTED.value:
        return
    before = point.health
    if before != after:
        point.health, point.health_since = after, clock.now()
    elif not (run.state == RunState.HELD.value and before == WARN and not _was_held(run)):
        return  # a run that waits is news even where records were refused before
    if (before, after) == (NONE, OK):
        return
    model.Session.add(
        PointMessage(
            point_id=point.id,
            run_id=run.id,
            before=before,
            after=after,
            reason=run.reason if after != OK and run.state != RunState.DONE.value else None,
            refused=refused(run) if run.state == RunState.DONE.value else 0,
            at=clock.now(),
        )
    )
    sa.event.listen(model.Session(), "after_commit", _set_going, once=True)


def _was_held(run: HarvestRun) -> bool:
    """Whether the run before was held too, and gave way to this one."""
    before = model.Session.execute(
        sa.select(RUN.c.state, RUN.c.reason["slug"].astext)
        .where(RUN.c.point_id == run.point_id, RUN.c.created < run.created)
        .order_by(RUN.c.created.desc())
        .limit(1)
    ).first()
    return before is not None and tuple(before) == (RunState.CANCELLED.value, "superseded")


def forget(point: ExchangePoint) -> None:
    """A point that is out of force has no health."""
    if point.health != NONE:
        point.health, point.health_since = NONE, clock.now()


def _set_going(session: Any) -> None:
    try:
        tk.enqueue_job(send, title="govshare messages of exchange points")
    except Exception as error:  # noqa: BLE001 - the message is in the database; the timer sends it
        log.warning("messages not enqueued: %s", type(error).__name__)


def send() -> int:
    """Mail every message that nobody has sent. Commits each one by itself.

    :returns: how many went out, or were tried
    """
    post, number = mailing.Post(), 0
    waiting = sa.select(PointMessage.id).where(PointMessage.sent.is_(None)).order_by(PointMessage.at, PointMessage.id)
    for message_id in model.Session.scalars(waiting).all():
        claim = (
            sa.update(PointMessage)
            .where(PointMessage.id == message_id, PointMessage.sent.is_(None))
            .values(sent=clock.now())
            .returning(PointMessage.id)
        )
        claimed = model.Session.execute(claim).first() is not None
        model.Session.commit()
        if not claimed:
            continue
        message = model.Session.get(PointMessage, message_id)
        point = model.Session.get(ExchangePoint, message.point_id)
        message.sent_to = post.tell(_people(point), lambda point=point, message=message: words(point, message))
        model.Session.commit()
        number += 1
    return number


def _people(point: ExchangePoint) -> set[str]:
    organization = roles.organization(point.organization_id)
    return mailing.writers(organization.id) | mailing.office(organization.region) if organization else set()


def words(point: ExchangePoint, message: PointMessage) -> tuple[str, str]:
    """Subject and text of a message, in the language in force."""
    heads = {
        OK: tk._("Exchange point {title} works again"),
        BAD: tk._("Exchange point {title} fails"),
        WARN: tk._("Records of exchange point {title} are refused"),
    }
    held = message.after == WARN and message.reason is not None
    head = tk._("A run of exchange point {title} waits for a person") if held else heads[message.after]
    organization = model.Group.get(point.organization_id)
    lines = [
        f"{organization.title if organization else ''}　{point.title}（{point.network}）".strip(),
        _said(message.reason) if message.reason else "",
        tk._("{number} records of the source were refused; the others are in the catalogue.").format(
            number=message.refused
        )
        if message.refused
        else "",
        _asked(message, held),
        mailing.address(f"/exchange/run/{message.run_id}"),
        tk._("This is the only message until the state of the exchange point changes."),
    ]
    return head.format(title=point.title), "\n\n".join(line for line in lines if line)


def _said(reason: dict[str, str]) -> str:
    return reason["message_en" if mailing.language().startswith("en") else "message_zh"]


def _asked(message: PointMessage, held: bool) -> str:
    """What the reader is to do."""
    if held:
        return tk._("Nothing was changed. Look at the run and confirm it, or cancel it and correct the source.")
    return {
        OK: tk._("Nothing is to be done."),
        BAD: tk._("The catalogue stays as it was. Look at the run; what may pass by itself is tried again."),
        WARN: tk._("Look at the run for the records and their faults, and correct them at the source."),
    }[message.after]
