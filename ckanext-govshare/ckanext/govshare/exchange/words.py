"""Words of the exchange room: states, verdicts, kinds, schedules, stages, and what to do about a reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.govshare.exchange import schedule
from ckanext.govshare.kernel import clock

LOOKS = {
    "ok": "open",
    "warn": "late",
    "bad": "bad",
    "done": "open",
    "failed": "bad",
    "held": "late",
    "planned": "cond",
    "cancelled": "",
    "accepted": "open",
    "suspended": "late",
    "update": "late",
    "reappeared": "open",
    "create": "open",
    "rejected": "bad",
    "conflict": "bad",
    "missing": "late",
    "kept": "open",
    "unreachable": "late",
}
BUSY = ("queued", "planning", "applying")


def labels() -> dict[str, str]:
    """Words of states, verdicts and kinds on screen. Built at each call: the language is the request's."""
    _ = tk._
    return {
        "registered": _("Registered"),
        "reviewed": _("Reviewed"),
        "checked": _("Checked"),
        "accepted": _("Accepted"),
        "suspended": _("Suspended"),
        "queued": _("Waiting"),
        "planning": _("Comparing"),
        "planned": _("Planned"),
        "held": _("Held for confirmation"),
        "applying": _("Applying"),
        "done": _("Done"),
        "failed": _("Failed"),
        "cancelled": _("Cancelled"),
        "create": _("New"),
        "update": _("Changed"),
        "unchanged": _("Unchanged"),
        "missing": _("Missing"),
        "suspend": _("Suspended entries"),
        "reappear": _("Reappeared"),
        "reappeared": _("Reappeared"),
        "reject": _("Rejected"),
        "rejected": _("Rejected"),
        "conflict": _("In conflict"),
        "current": _("In force"),
        "record:suspended": _("Suspended entries"),
        "manual": _("By hand"),
        "hourly": _("Every hour"),
        "daily": _("Every day"),
        "weekly": _("Every week"),
        "monthly": _("Every month"),
        "auto": _("Publishes by itself"),
        "review": _("A person confirms each run"),
        "run:review": _("Waiting for a person"),
        "data_json": _("Catalogue file (data.json)"),
        "database": _("Front-end database"),
        "catalogue_api": _("Catalogue interface"),
        "dcat": "DCAT",
        "ckan": "CKAN",
        "drop_folder": _("Drop folder"),
        "health:ok": _("Well"),
        "health:warn": _("To be looked at"),
        "health:bad": _("Disturbed"),
        "health:none": _("Has not run"),
        "file:kept": _("Kept here"),
        "file:failed": _("Could not be had"),
        "unreachable": _("Could not be reached"),
        "stage:fetch": _("Reading the source"),
        "stage:plan": _("Comparing with what is known"),
        "stage:apply": _("Writing into the catalogue"),
        "stage:files": _("Fetching files"),
    }


def label(value: str, of: str = "") -> str:
    """A state, verdict, kind … in the reader's words.

    :param of: ``record``, ``run``, ``health`` or ``stage`` where a word means something else there
    """
    known = labels()
    return known.get(f"{of}:{value}") or known.get(value, value)


def look(value: str) -> str:
    """The look of the tag of a state or verdict: ``open`` (good), ``late``, ``bad``, ``cond``, ``fmt`` or nothing."""
    return "fmt" if value in BUSY else LOOKS.get(value, "")


def turns(text: str) -> str:
    """A schedule in words: 每天 02:30."""
    try:
        plan = schedule.parse(text)
    except ValueError:
        return text
    if plan.moment is not None:
        return tk._("Once, {moment}").format(moment=moment(plan.moment.isoformat()))
    if plan.minutes:
        return tk._("Every {number} minutes").format(number=plan.minutes)
    return label(plan.kind) + (f" {plan.at:%H:%M}" if plan.at else "")


def next_turn(point: dict[str, Any]) -> str:
    """When a point runs next, in words; empty where nobody knows.

    :param point: as ``govshare_exchange_point_list`` answers it
    """
    text, last, now = point["schedule"], point.get("last_run"), clock.now()
    if point["state"] != "accepted" or text == "manual":
        return ""
    if last and last["state"] in BUSY:
        return tk._("runs now")
    began = datetime.fromisoformat(last["created"]) if last else None
    try:
        plan = schedule.parse(text)
    except ValueError:
        return ""
    if plan.moment is not None:
        return "" if began and began >= plan.moment else moment(max(plan.moment, now).isoformat())
    if plan.at is not None:
        latest = plan.latest_turn(now)
        accepted = point.get("accepted")
        done = began or (datetime.fromisoformat(accepted) if accepted else None)
        following = plan.after(latest) if done is None or done >= latest else now
    else:
        following = plan.after(began) if began else now
    return tk._("due now") if following <= now else moment(following.isoformat())


def moment(value: str | None) -> str:
    """An ISO moment as people read it: Beijing time, minutes."""
    return f"{datetime.fromisoformat(value).astimezone(clock.ZONE):%Y-%m-%d %H:%M}" if value else ""


def person(name: str) -> str:
    """Name on screen of an account; an account that is gone keeps its user name."""
    account = model.User.get(name) if name else None
    return account.display_name if account is not None else name


def advice(reason: dict[str, Any] | None) -> str:
    """What to do about the reason of a held, failed or cancelled run."""
    if not reason:
        return ""
    _ = tk._
    known = {
        "empty_source": _(
            "Ask the department whether its source is meant to be empty. If so, confirm: the records count as missing "
            "and their entries are suspended in time. If not, do nothing: when the source is well again, the next run "
            "takes the place of this one and all ids stay."
        ),
        "shrunken_source": _(
            "Open the missing records below and ask the department. Confirm if they are really gone; if not, do "
            "nothing: the next run takes the place of this one."
        ),
        "mass_rejection": _(
            "See the problems by type: often the source changed a format. Let the department correct it and run again; "
            "confirm only if these records are really wrong. Their entries keep their last valid version."
        ),
        "review": _("Look at the changes below, then confirm or cancel."),
        "superseded": _("See the newer run of this exchange point."),
        "cancelled": _("Nothing was left half-done: what was applied before stays. Run again when you like."),
        "plan_expired": _("Make a new plan."),
        "point_not_accepted": _("The office accepts the exchange point first."),
        "internal_error": _("Run again; if it fails again, give the operators the number of this run."),
        "too_many_records": _("Ask the operators to raise the limit, or divide the source."),
    }
    if reason["slug"] in known:
        return known[reason["slug"]]
    if schedule.may_pass(reason):
        return _(
            "This often passes by itself, and a point with a schedule is tried again soon. If it lasts, ask the "
            "maintainers of the source whether it runs and can be reached from here."
        )
    return _("Have it corrected at the source, or in the settings of the exchange point; then try the source again.")
