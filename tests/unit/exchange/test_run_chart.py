"""Small charts of runs: where the bars stand."""

from __future__ import annotations

import pytest

from ckanext.govshare.exchange import chart


def run(state="done", records=10, changes=0, problems=0, seconds=1.0):
    return {"state": state, "records": records, "changes": changes, "problems": problems, "seconds": seconds}


def test_the_highest_bar_stays_below_the_top_and_nothing_has_no_height():
    drawn = chart.bars([run(records=100), run(records=50), run(records=0)], "records")

    first, second, third = drawn["bars"]
    assert first["height"] == pytest.approx(2 * second["height"], abs=0.2)
    assert third["height"] == 0
    assert first["y"] >= chart.TOP
    assert (drawn["most"], drawn["last"]) == (100, 0)


def test_bars_stand_in_order_within_the_view_box():
    drawn = chart.bars([run() for _number in range(30)], "seconds")

    places = [bar["x"] for bar in drawn["bars"]]
    assert places == sorted(places)
    assert places[0] >= drawn["left"]
    assert places[-1] + drawn["bars"][-1]["width"] <= drawn["width"]


@pytest.mark.parametrize("measure", chart.MEASURES)
def test_no_run_gives_no_bar(measure):
    assert chart.bars([], measure)["bars"] == []


@pytest.mark.parametrize(
    ("made", "look"),
    [
        (run(), "ok"),
        (run(problems=1), "warn"),
        (run("held"), "warn"),
        (run("failed"), "bad"),
        (run("cancelled"), "none"),
        (run("applying"), "busy"),
    ],
)
def test_how_a_run_went_is_one_of_five_looks(made, look):
    assert chart.look(made) == look


def test_a_spark_has_the_last_twelve_at_its_right_end():
    drawn = chart.spark([run("failed"), *(run(changes=number) for number in range(15))])

    assert len(drawn["bars"]) == chart.SPARKS
    assert drawn["tally"]["bad"] == 0
    assert drawn["bars"][-1]["x"] + drawn["bars"][-1]["width"] <= drawn["width"]


def test_a_failed_run_reaches_the_top_of_a_spark():
    (bar,) = chart.spark([run("failed")])["bars"]

    assert bar["y"] == 0
