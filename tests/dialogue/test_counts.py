"""Figures of the dialogue against a week counted by hand, and the lines of the to-do lists."""

from __future__ import annotations

from datetime import datetime

import ckan.plugins.toolkit as tk
import pytest

from ckanext.govshare.kernel.clock import ZONE
from tests.dialogue.conftest import call


def on(day, hour=9):
    """A moment of March 2026, a month whose weekdays are all worked."""
    return datetime(2026, 3, day, hour, tzinfo=ZONE)


@pytest.fixture
def march(write, entry, frozen):
    """Four requests, two corrections, a complaint, a comment that was taken back.

    Requests: answered after 3 and after 22 working days (late), refused, open. Corrections: answered after 5, open.
    Complaint: open.
    """

    def handed_in(day, kind, **fields):
        with frozen(on(day)):
            named = {"entry": entry["name"]} if kind == "correction" else {}
            return write(
                kind, **{**({"provider": "jiaotong"} if kind == "request" else {}), **named, **fields}
            )

    def answer(made, accepted, answered):
        with frozen(accepted):
            call("accept", id=made["id"])
        with frozen(answered):
            call("answer", "officer", id=made["id"], answer="答复")
            call("close", id=made["id"])

    fast, slow, bad, _open = (handed_in(2, "request") for _number in range(4))
    answer(fast, on(3), on(5))  # 3rd, 4th, 5th
    answer(slow, on(3), datetime(2026, 4, 1, 9, tzinfo=ZONE))  # due on the 30th; 22 working days
    with frozen(on(4)):
        call("refuse", id=bad["id"], reason="x")
    fixed, _waiting = (handed_in(day, "correction") for day in (9, 10))
    answer(fixed, on(10), on(16))  # 10th, 11th, 12th, 13th, 16th
    handed_in(11, "complaint")
    gone = handed_in(12, "comment")
    with frozen(on(12)):
        call("withdraw", "", code=gone["code"])


def test_figures_by_kind_state_and_period(march, frozen):
    with frozen(datetime(2026, 4, 1, 10, tzinfo=ZONE)):
        whole = call("counts", "")
        half = call("counts", "", first="2026-03-09", last="2026-03-10")
        none = call("counts", "", first="2027-01-01")
    own = whole.pop("kinds")
    assert whole == {
        "received": 7, "open": 3, "answered": 3, "refused": 1,
        "overdue": 3,  # the request was due on 30, the correction on 24, the complaint on 18 March
        "in_time": 2, "median_days": 5.0,
    }  # fmt: skip
    assert own["request"] == {
        "received": 4, "open": 1, "answered": 2, "refused": 1, "overdue": 1, "in_time": 1,
        "median_days": 12.5, "states": {"closed": 2, "refused": 1, "received": 1},
    }  # fmt: skip
    assert own["comment"] == {
        "received": 0, "open": 0, "answered": 0, "refused": 0, "overdue": 0, "in_time": 0,
        "median_days": None, "states": {},
    }  # fmt: skip
    assert (half["received"], half["answered"], half["median_days"]) == (2, 1, 5.0)
    assert (none["received"], none["median_days"]) == (0, None)


def test_figures_of_a_department(march):
    assert call("counts", "", organization="jiaotong")["received"] == 3  # what it answered
    assert call("counts", "", organization="office")["received"] == 4  # what was never given away
    for value in ("missing", "\x00", ["a"]):
        with pytest.raises(tk.ValidationError):
            call("counts", "", organization=value)
    for value in ("yesterday", "2026-02-30", 7, "\x00"):
        with pytest.raises(tk.ValidationError):
            call("counts", "", first=value)


def test_lines_of_the_to_do_list_count_and_say_by_when(march, frozen, write):
    with frozen(on(18, 10)):
        lines = {line["slug"]: line for line in call("todo")}
    assert set(lines) == {"dialogue_received", "dialogue_received_urgent"}
    urgent = lines["dialogue_received_urgent"]
    assert (urgent["count"], urgent["due"], urgent["level"]) == (1, "2026-03-18", "warn")
    assert (lines["dialogue_received"]["count"], lines["dialogue_received"]["due"]) == (2, "2026-03-24")
    with frozen(on(19)):
        levels = {line["slug"]: line["level"] for line in call("todo")}
    assert levels == {"dialogue_received": "info", "dialogue_received_urgent": "late"}


def test_the_entry_counts_only_what_everybody_may_read(write, entry, app):
    from ckanext.govshare.dialogue import counts

    for rating in ("5", "4", ""):
        made = write("comment", entry=entry["name"], rating=rating)
        call("accept", id=made["id"])
    call("accept", id=write("comment", entry=entry["name"], rating="1")["id"], shown=False)
    write("correction", entry=entry["name"])
    found = counts.of_entry(entry["id"])
    assert found == {"kinds": {"comment": 3}, "answered": 0, "rating": 4.5, "ratings": 2}


def test_lists_refuse_what_they_do_not_offer(city):
    for data in (
        {"kind": "spam"},
        {"state": "closed"},
        {"inside": True, "state": "open"},
        {"limit": "x"},
        {"offset": "1e9"},
    ):
        with pytest.raises(tk.ValidationError):
            call("list", **data)
    assert call("list", "", limit=10**30, offset=10**30, q="%" * 5000) == {"count": 0, "results": []}
