"""The moves of a case of the public: no state without a way in, and who has to act in each."""

from __future__ import annotations

import pytest

from ckanext.govshare.kernel.cases import DIALOGUE, KINDS, Act, DialogueState, Party, WrongAct

ENDED = {DialogueState.CLOSED, DialogueState.REFUSED, DialogueState.WITHDRAWN}


def test_every_state_is_reached_and_only_ended_ones_are_never_left():
    assert KINDS["dialogue"] is DIALOGUE
    reached = {DIALOGUE.first} | {move.end for move in DIALOGUE.moves}
    assert reached == set(DialogueState)
    assert {state for state in DialogueState if state.value not in DIALOGUE.open_states()} == ENDED


@pytest.mark.parametrize(
    ("state", "party"),
    [
        ("received", Party.OFFICE),
        ("returned", Party.AUTHOR),
        ("accepted", Party.DEPARTMENT),
        ("answered", Party.OFFICE),
        ("closed", None),
        ("refused", None),
        ("withdrawn", None),
    ],
)
def test_who_has_to_act(state, party):
    assert DIALOGUE.waits_on(state) is party


def test_an_author_takes_back_until_there_is_an_answer():
    for state in DialogueState:
        if state in (DialogueState.RECEIVED, DialogueState.RETURNED, DialogueState.ACCEPTED):
            assert DIALOGUE.find(Act.WITHDRAW, state).party is Party.AUTHOR
        else:
            with pytest.raises(WrongAct):
                DIALOGUE.find(Act.WITHDRAW, state)


def test_a_refusal_and_every_return_need_a_reason():
    assert all(move.reason for move in DIALOGUE.moves if move.act in (Act.REFUSE, Act.RETURN))
