"""What the actions on planned publications take. A day that is over cannot be planned, words have an end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.govshare.kernel import clock, codelists, text
from ckanext.govshare.publication.logic.validators import govshare_day
from ckanext.govshare.publication.model import Measure
from ckanext.govshare.publication.plans import PlanState

MEASURES = (Measure.OPEN_DATASETS.value, Measure.APPLICATIONS.value)
LONGEST_TITLE = 50  # characters, as the entry's own title
LONGEST_WORDS = 500
LONGEST_ID = 100
FAR = timedelta(days=5 * 366)
LIMIT, LAST = 5000, 10**9  # rows of a list, rows to pass over

Rules = dict[str, Any]


def create() -> Rules:
    """Of `govshare_plan_create`."""
    get = tk.get_validator
    return _rules(
        organization=[get("not_empty")],
        title=[get("not_empty"), _words(LONGEST_TITLE), get("not_empty")],
        planned=[get("not_empty"), _coming_day],
        field=[get("default")(""), _field],
        measure=[get("default")(MEASURES[0]), _measure],
        change_id=[get("ignore_missing"), _words(LONGEST_ID)],
        package_id=[get("ignore_missing"), _words(LONGEST_ID)],
        note=[get("default")(""), _words(LONGEST_WORDS)],
    )


def update() -> Rules:
    """Of `govshare_plan_update`."""
    optional = tk.get_validator("ignore_missing")
    return _rules(
        planned=[optional, govshare_day],
        reason=[tk.get_validator("default")(""), _words(LONGEST_WORDS)],
        change_id=[optional, _words(LONGEST_ID)],
        package_id=[optional, _words(LONGEST_ID)],
    )


def move() -> Rules:
    """Of the move to another day: it has to come yet, and needs a reason."""
    return _rules(planned=[_coming_day], reason=[_given])


def drop() -> Rules:
    """Of `govshare_plan_drop`."""
    needed = tk.get_validator("not_empty")
    return _rules(reason=[needed, _words(LONGEST_WORDS), _given])


def one() -> Rules:
    """Of `govshare_plan_show`."""
    return _rules(id=[tk.get_validator("not_empty"), _words(LONGEST_ID)])


def listed() -> Rules:
    """Of `govshare_plan_list`."""
    get = tk.get_validator
    optional = get("ignore_missing")
    return _rules(
        organization=[optional, _words(LONGEST_ID)],
        region=[optional, _words(LONGEST_ID)],
        state=[optional, _state],
        measure=[optional, _measure],
        until=[optional, govshare_day],
        limit=[get("default")(LIMIT), get("natural_number_validator")],
        offset=[get("default")(0), get("natural_number_validator")],
    )


def _rules(**fields: list[Any]) -> Rules:
    ignore = [tk.get_validator("ignore")]
    return {**fields, "__extras": ignore, "__junk": ignore}


def _words(longest: int) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str) or text.damaged(value):
            raise tk.Invalid(tk._("This is no text that can be kept"))
        if len(value.strip()) > longest:
            raise tk.Invalid(tk._("At most {number} characters").format(number=longest))
        return value.strip()

    return check


def _given(value: Any) -> Any:
    if not value:
        raise tk.Invalid(tk._("Give the reason"))
    return value


def _coming_day(value: Any) -> date:
    day, today = govshare_day(value), clock.today()
    if day < today:
        raise tk.Invalid(tk._("This day is over: plan a day to come"))
    if day > today + FAR:
        raise tk.Invalid(tk._("Plan no more than five years ahead"))
    return day


def _field(value: Any) -> str:
    if value and value not in codelists.installed()["open_domain"]:
        raise tk.Invalid(tk._("Unknown field"))
    return value or ""


def _measure(value: Any) -> str:
    if value not in MEASURES:
        raise tk.Invalid(tk._("Plans are for data sets and applications"))
    return str(value)


def _state(value: Any) -> str:
    if value not in {state.value for state in PlanState}:
        raise tk.Invalid(tk._("Unknown state"))
    return str(value)
