"""The counting rule (统计口径): which candidates count towards a target, and why the others do not.

Pure functions over frozen facts. A candidate is *counted*, or *not counted because <slug>*: every rule that it breaks
is kept (`Judgement.slugs`), the first by the version's fixed order is the primary reason. The count is the stock at
24:00 of a day in Beijing time, cumulative; "以上" includes the number itself. Facts are in `counting_facts`, the rules
of every version in `counting_rules`, what makes candidates compete in `counting_keys` (docs/counting.md).
Source: standards.md §7 "Targets", "Applications"; §4.2 (有效数据集, 问题数据).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ckanext.govshare.kernel.counting_days import CYCLES, due, overdue
from ckanext.govshare.kernel.counting_facts import (
    MACHINE_READABLE,
    ApplicationFacts,
    DatasetFacts,
    Facts,
    FileFacts,
    HookUpFacts,
    LinkState,
    SystemFacts,
    as_dict,
    from_dict,
)
from ckanext.govshare.kernel.counting_keys import application_identifier
from ckanext.govshare.kernel.counting_rules import RULINGS, Ruling

__all__ = [
    "CYCLES",
    "LATEST",
    "MACHINE_READABLE",
    "VERSIONS",
    "ApplicationFacts",
    "DatasetFacts",
    "Facts",
    "FileFacts",
    "HookUpFacts",
    "Judgement",
    "LinkState",
    "SystemFacts",
    "application_identifier",
    "as_dict",
    "due",
    "from_dict",
    "judge",
    "keys",
    "next_change",
    "overdue",
    "slugs",
    "with_interface",
]

VERSIONS = tuple(sorted(RULINGS))
LATEST = VERSIONS[-1]
NO_INTERFACE = "no_interface"


@dataclass(frozen=True)
class Judgement:
    """The verdict on one candidate: `primary` is `slugs[0]`, None when counted; `warnings` alter no count."""

    counted: bool
    primary: str | None = None
    slugs: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def _ruling(measure: str, version: int) -> Ruling:
    if version not in RULINGS:
        raise ValueError(f"there is no counting rule of version {version!r}")
    if measure not in RULINGS[version]:
        raise ValueError(f"no candidates of the measure {measure!r} are judged")
    return RULINGS[version][measure]


def judge(measure: str, facts: Iterable[Facts], day: date, version: int = LATEST) -> dict[str, Judgement]:
    """Judge the candidates of a measure: each alone, then, countable and oldest first, who repeats one that counts.

    :param measure: ``open_datasets``, ``applications``, ``hook_up`` or ``cloud``
    :param facts: all that compete with each other; what is no candidate (`Facts.candidate`) is left out
    :param day: judged as of 24:00 of this day, Beijing time
    :param version: of the counting rule
    :returns: id → judgement, in the order of `facts`
    :raises ValueError: there is no such measure or version
    """
    ruling = _ruling(measure, version)
    found = {
        fact.id: (fact, [slug for slug, broken in ruling.rules if broken(fact, day)])
        for fact in facts
        if fact.candidate
    }
    seen: set[str] = set()
    judged: dict[str, Judgement] = {}
    for ident, (fact, reasons) in sorted(
        found.items(), key=lambda pair: (bool(pair[1][1]), pair[1][0].published or date.max, pair[0])
    ):
        own = [(slug, keys_of(fact)) for slug, keys_of in ruling.repeats]
        again = next((slug for slug, shared in own if shared & seen), None)
        if again:
            reasons = [*reasons, again]
        elif not reasons:
            seen.update(*(shared for _, shared in own))
        judged[ident] = Judgement(
            not reasons, reasons[0] if reasons else None, tuple(reasons), ruling.warn(fact, day)
        )
    return {ident: judged[ident] for ident in found}


def keys(measure: str, fact: Facts, version: int = LATEST) -> frozenset[str]:
    """What a candidate competes for: verdicts of candidates that share no key, not even by way of others, are
    independent.

    :returns: keys of at most 200 characters; none where nothing competes
    :raises ValueError: there is no such measure or version
    """
    return frozenset().union(*(keys_of(fact) for _slug, keys_of in _ruling(measure, version).repeats))


def next_change(measure: str, fact: Facts, day: date, version: int = LATEST) -> date | None:
    """The first day after another on which time alone may change the verdict on a candidate, or its warnings.

    :returns: None if it stays as it is; on all days before the one answered it does, too
    :raises ValueError: there is no such measure or version
    """
    return min((at for at in _ruling(measure, version).days(fact) if at > day), default=None)


def slugs(measure: str, version: int = LATEST) -> tuple[str, ...]:
    """The reasons of a measure in the order of their precedence.

    :param measure: any, ``interfaces`` and ``rows`` too: their candidates are the open data sets
    :raises ValueError: there is no such measure or version
    """
    if measure in ("interfaces", "rows"):
        of_datasets = _ruling("open_datasets", version).slugs
        return (*of_datasets, NO_INTERFACE) if measure == "interfaces" else of_datasets
    return _ruling(measure, version).slugs


def with_interface(judgement: Judgement, has_interface: bool) -> Judgement:
    """The verdict on an open data set as a candidate of the measure ``interfaces``.

    :param has_interface: whether one of its open files can be queried by programs
    """
    if has_interface or not judgement.counted:
        return judgement
    return Judgement(False, NO_INTERFACE, (NO_INTERFACE,), judgement.warnings)
