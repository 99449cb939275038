"""The moves of a change."""

from __future__ import annotations

import pytest

from ckanext.govshare.kernel.cases import CHANGE, KINDS, Act, ChangeState, Party, WrongAct

ENDED = (ChangeState.APPROVED, ChangeState.WITHDRAWN)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_state_of_a_kind_is_reached_from_the_first(kind):
    reached, seen = {kind.first}, set()
    while reached - seen:
        seen |= reached
        reached |= {move.end for move in kind.moves if move.start in seen}
    assert seen == set(type(kind.first))


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("state", ENDED)
def test_nothing_moves_a_change_that_has_ended(act, state):
    with pytest.raises(WrongAct):
        CHANGE.find(act, state)


@pytest.mark.parametrize(
    ("state", "party"),
    [
        ("draft", Party.AUTHOR),
        ("dept_review", Party.REVIEWER),
        ("office_review", Party.OFFICE),
        ("returned", Party.AUTHOR),
        ("approved", None),
        ("withdrawn", None),
    ],
)
def test_a_change_waits_for_exactly_one_party(state, party):
    assert CHANGE.waits_on(state) is party


def test_a_draft_is_published_by_nobody_at_once():
    with pytest.raises(WrongAct):
        CHANGE.find("approve", "draft")


def test_every_return_needs_a_reason():
    assert {move.reason for move in CHANGE.moves if move.act is Act.RETURN} == {True}


def test_an_act_with_several_ends_takes_the_one_that_is_named():
    assert CHANGE.find("submit", "draft").end is ChangeState.DEPT_REVIEW
    assert CHANGE.find("submit", "draft", "office_review").end is ChangeState.OFFICE_REVIEW
