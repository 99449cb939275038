"""States and the moves between them. A wrong move raises; nobody compares bare strings."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar


class State(str, Enum):
    """A state that is stored and shown by its value."""

    def __str__(self) -> str:
        return self.value


class RunState(State):
    """Where a harvest run stands."""

    QUEUED = "queued"
    PLANNING = "planning"
    PLANNED = "planned"
    HELD = "held"
    APPLYING = "applying"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class PointState(State):
    """Where an exchange point stands with the office."""

    REGISTERED = "registered"  # 登记
    REVIEWED = "reviewed"  # 审核: address, network and declared sharing are in order
    CHECKED = "checked"  # 测评: it was assessed
    ACCEPTED = "accepted"  # 批准接入
    SUSPENDED = "suspended"  # 停用


class CatalogueState(State):
    """Where an entry stands; CKAN's own state stays ``active`` throughout."""

    PUBLISHED = "published"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


class Verdict(State):
    """What a plan says of one record; no state that moves."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    MISSING = "missing"
    REAPPEARED = "reappeared"
    REJECTED = "rejected"
    CONFLICT = "conflict"


S = TypeVar("S", bound=State)
Moves = Mapping[S, frozenset[S]]


class WrongMove(ValueError):  # noqa: N818 - reads as what happened
    """A state cannot be left for the one that was asked for."""

    def __init__(self, here: State, there: State):
        super().__init__(f"{type(here).__name__}: no move from {here} to {there}")
        self.here = here
        self.there = there


# A source that answers "not modified" has nothing to plan or apply: planning → done, and so has a plan
# without changes. A held plan waits for a person, who confirms (→ applying) or cancels.
RUN_MOVES: Moves[RunState] = {
    RunState.QUEUED: frozenset({RunState.PLANNING, RunState.FAILED, RunState.CANCELLED}),
    RunState.PLANNING: frozenset(
        {RunState.PLANNED, RunState.HELD, RunState.DONE, RunState.FAILED, RunState.CANCELLED}
    ),
    RunState.PLANNED: frozenset(
        {RunState.HELD, RunState.APPLYING, RunState.DONE, RunState.FAILED, RunState.CANCELLED}
    ),
    RunState.HELD: frozenset({RunState.APPLYING, RunState.FAILED, RunState.CANCELLED}),
    RunState.APPLYING: frozenset({RunState.DONE, RunState.FAILED, RunState.CANCELLED}),
    RunState.DONE: frozenset(),
    RunState.FAILED: frozenset(),
    RunState.CANCELLED: frozenset(),
}

# A point whose address or declaration changes, or which the office sends back, is *registered* and goes the whole way
# again. What was suspended goes on where it was accepted before, else it begins anew.
POINT_MOVES: Moves[PointState] = {
    PointState.REGISTERED: frozenset({PointState.REVIEWED, PointState.SUSPENDED}),
    PointState.REVIEWED: frozenset({PointState.CHECKED, PointState.REGISTERED, PointState.SUSPENDED}),
    PointState.CHECKED: frozenset({PointState.ACCEPTED, PointState.REGISTERED, PointState.SUSPENDED}),
    PointState.ACCEPTED: frozenset({PointState.REGISTERED, PointState.SUSPENDED}),
    PointState.SUSPENDED: frozenset({PointState.REGISTERED, PointState.ACCEPTED}),
}

# Nothing is ever deleted: a withdrawn entry can be published again under its old code.
CATALOGUE_MOVES: Moves[CatalogueState] = {
    CatalogueState.PUBLISHED: frozenset({CatalogueState.SUSPENDED, CatalogueState.WITHDRAWN}),
    CatalogueState.SUSPENDED: frozenset({CatalogueState.PUBLISHED, CatalogueState.WITHDRAWN}),
    CatalogueState.WITHDRAWN: frozenset({CatalogueState.PUBLISHED}),
}


def move(table: Moves[S], here: S | str, there: S | str) -> S:
    """Take a move of the table.

    :param table: one of the tables above
    :param here: the present state, or its value
    :param there: the state to reach, or its value
    :returns: the new state
    :raises WrongMove: the table has no such move
    :raises ValueError: no state of the table has that value
    """
    kind = type(next(iter(table)))
    start, end = kind(here), kind(there)
    if end not in table[start]:
        raise WrongMove(start, end)
    return end
