"""States and their tables of moves."""

from __future__ import annotations

import pytest

from ckanext.govshare.kernel import states
from ckanext.govshare.kernel.states import (
    CATALOGUE_MOVES,
    POINT_MOVES,
    RUN_MOVES,
    PointState,
    RunState,
    WrongMove,
    move,
)


@pytest.mark.parametrize("table", [RUN_MOVES, POINT_MOVES, CATALOGUE_MOVES])
def test_every_state_has_a_row_and_leads_to_states_of_its_kind(table):
    kind = type(next(iter(table)))
    assert set(table) == set(kind)
    assert all(isinstance(end, kind) and end != start for start, ends in table.items() for end in ends)


@pytest.mark.parametrize("table", [RUN_MOVES, POINT_MOVES, CATALOGUE_MOVES])
def test_every_pair_either_moves_or_raises(table):
    for start in table:
        for end in table:
            if end in table[start]:
                assert move(table, start.value, end.value) is end
            else:
                with pytest.raises(WrongMove) as caught:
                    move(table, start, end)
                assert (caught.value.here, caught.value.there) == (start, end)


def test_finished_runs_stay_finished():
    assert [state for state in RunState if not RUN_MOVES[state]] == [
        RunState.DONE,
        RunState.FAILED,
        RunState.CANCELLED,
    ]


def test_no_step_of_the_acceptance_is_left_out():
    way = [PointState.REGISTERED, PointState.REVIEWED, PointState.CHECKED, PointState.ACCEPTED]
    onward = {(here, there) for here in way for there in POINT_MOVES[here] if there in way[way.index(here) + 1 :]}
    assert onward == set(zip(way, way[1:], strict=False))
    assert all(PointState.REGISTERED in POINT_MOVES[here] for here in PointState if here != PointState.REGISTERED)


def test_unknown_state_raises():
    with pytest.raises(ValueError, match="nowhere"):
        move(RUN_MOVES, "queued", "nowhere")


def test_states_are_their_values():
    assert str(states.Verdict.CREATE) == "create" == states.Verdict.CREATE
    assert {verdict.value for verdict in states.Verdict} == {
        "create", "update", "unchanged", "missing", "reappeared", "rejected", "conflict"}  # fmt: skip
