"""What the pages of the exchange room ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.govshare.exchange import chart, runs, words

__all__ = [
    "govshare_exchange_advice",
    "govshare_exchange_label",
    "govshare_exchange_look",
    "govshare_exchange_message",
    "govshare_exchange_moment",
    "govshare_exchange_next",
    "govshare_exchange_person",
    "govshare_exchange_schedule",
    "govshare_exchange_spark",
    "govshare_exchange_spark_text",
]


def govshare_exchange_label(value: str, of: str = "") -> str:
    """A state, verdict, kind, health … in the reader's words.

    :param of: ``record``, ``run``, ``health`` or ``stage`` where a word means something else there
    """
    return words.label(value, of)


def govshare_exchange_look(value: str) -> str:
    """The look of the tag of a state, verdict or health."""
    return words.look(value)


def govshare_exchange_message(reason: Mapping[str, Any] | None) -> str:
    """Text of a reason in the reader's language."""
    return runs.message(reason) if reason else ""


def govshare_exchange_advice(reason: dict[str, Any] | None) -> str:
    """What to do about the reason of a run."""
    return words.advice(reason)


def govshare_exchange_moment(value: str | None) -> str:
    """An ISO moment as people read it: Beijing time, minutes."""
    return words.moment(value)


def govshare_exchange_schedule(text: str) -> str:
    """A schedule in words."""
    return words.turns(text)


def govshare_exchange_next(point: dict[str, Any]) -> str:
    """When a point runs next, in words."""
    return words.next_turn(point)


def govshare_exchange_person(name: str) -> str:
    """Name on screen of an account."""
    return words.person(name)


def govshare_exchange_spark(history: list[dict[str, Any]]) -> dict[str, Any]:
    """The last runs of a point as a tiny chart."""
    return chart.spark(history)


def govshare_exchange_spark_text(spark: dict[str, Any]) -> str:
    """The tiny chart in words: 最近 12 次：成功 11，失败 1."""
    tally = spark["tally"]
    names = {
        "ok": tk._("went well {number}"),
        "warn": tk._("to be looked at {number}"),
        "bad": tk._("failed {number}"),
        "busy": tk._("under way {number}"),
        "none": tk._("cancelled {number}"),
    }
    told = tk._(", ").join(names[name].format(number=number) for name, number in tally.items() if number)
    return tk._("Last {number} runs: {told}").format(number=sum(tally.values()), told=told)
