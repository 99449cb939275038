"""Targets in words: what they count, for whom, and why one is refused."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

from ckanext.govshare.publication.model import Measure, Scope
from ckanext.govshare.publication.service import plain
from ckanext.govshare.publication.target_rules import Clash


def amount(measure: Measure) -> str:
    """What number a measure takes."""
    if measure.unit == "percent":
        return tk._("Write a percentage above 0, at most 100, with one decimal at most")
    return tk._("Write a whole number of 1 or more")


def scope(measure: Measure, scope: Scope) -> str:
    """Why a measure cannot be counted for a scope."""
    if measure is Measure.APPLICATIONS:
        return tk._(
            "Applications are counted for the whole city: they come from outside and use data of several departments"
        )
    return tk._("Only what is open has a field: this measure is counted for the city or a department")


def clash(found: Clash) -> str:
    """Which target stands in the way, and why."""
    other = found.other
    sentence = {
        "same_day": tk._("There is a target of this day already: {title} ({number})"),
        "less_than_before": tk._("An earlier target asks for more: {title} ({number} by {day})"),
        "more_than_after": tk._("A later target asks for less: {title} ({number} by {day})"),
    }[found.slug]
    return sentence.format(title=other.title, number=plain(other.at_least), day=other.due.isoformat())
