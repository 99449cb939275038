"""What a run must make of a ledger, in plain Python: the model that :mod:`tests.exchange.test_model` compares with."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

MISSING_RUNS = 2
SHRINK_PERCENT = 20
PRESENT = ("current", "rejected")


@dataclass
class Known:
    """What the model says that the ledger says of a record.

    :param said: the record when it was last looked at
    :param valid: the record that its entry is made of, if there is an entry
    """

    state: str
    said: dict[str, Any]
    valid: dict[str, Any] | None = None
    missing: int = 0
    suspended: bool = False


@dataclass
class Prediction:
    """What a run is to do: its verdicts, how the ledger is afterwards, whether a person is asked."""

    counts: Counter[str] = field(default_factory=Counter)
    ledger: dict[str, Known] = field(default_factory=dict)
    items: int = 0
    held: str | None = None


def is_bad(said: dict[str, Any]) -> bool:
    return said["accessLevel"] not in ("public", "restricted public", "non-public")


def same(one: dict[str, Any], two: dict[str, Any]) -> bool:
    def canonical(said: dict[str, Any]) -> dict[str, Any]:
        return {**said, "keyword": sorted(said["keyword"])}

    return canonical(one) == canonical(two)


def predict(ledger: dict[str, Known], said: list[tuple[str, dict[str, Any]]]) -> Prediction:
    """What a run makes of a ledger.

    :param said: ``(identity, record)`` in the order of the source; repeated records have an identity of their own
    """
    found = Prediction(ledger=deepcopy(ledger))
    known = sum(one.state == "current" for one in ledger.values())
    absent = sum(one.state in ("missing", "suspended") for one in ledger.values())
    newly_rejected = 0
    for guid, one in said:
        newly_rejected += _look(found, guid, one)
    newly_missing = _miss(found, {guid for guid, _ in said})
    limit = known * SHRINK_PERCENT / 100
    if not said and (known or not absent):
        found.held = "empty_source"
    elif newly_missing > limit:
        found.held = "shrunken_source"
    elif newly_rejected > limit:
        found.held = "mass_rejection"
    return found


def _look(found: Prediction, guid: str, one: dict[str, Any]) -> bool:
    """One record; answers whether it was current and is rejected now."""
    own = found.ledger.get(guid)
    refused = guid.startswith("identifier_duplicate:") or is_bad(one)
    if own and same(own.said, one) and own.state in PRESENT:
        found.counts["unchanged" if own.state == "current" else "reject"] += 1
        return False
    found.items += 1
    if refused:
        found.counts["reject"] += 1
        was_current = bool(own and own.state == "current")
        found.ledger[guid] = Known("rejected", one, own.valid if own else None, suspended=bool(own and own.suspended))
        return was_current
    if own is None or own.valid is None:
        found.counts["create"] += 1
    else:
        found.counts["reappear" if own.state in ("missing", "suspended") else "update"] += 1
    found.ledger[guid] = Known("current", one, one)
    return False


def _miss(found: Prediction, seen: set[str]) -> int:
    """What the source no longer has; answers how many of them were current."""
    newly = 0
    for guid, own in list(found.ledger.items()):
        if guid in seen or own.state == "suspended":
            continue
        found.items += 1
        if own.valid is None:
            del found.ledger[guid]
            continue
        found.counts["missing"] += 1
        newly += own.state == "current"
        own.missing += 1
        own.state = "missing"
        if own.missing >= MISSING_RUNS:
            found.counts["suspend"] += 1
            own.state, own.suspended = "suspended", True
    return newly
