"""The rules of every version, each a table of reasons in their fixed order of precedence.

A change of meaning is a new version beside the others, never an edit of one of them: rows of past due dates stay as
they were counted. The words for people are in `schemas/counting_rule_<version>.yaml`.
Source: standards.md §7 "Targets", "Applications"; §4.2 (有效数据集, 问题数据).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from ckanext.govshare.kernel import counting_days, counting_keys
from ckanext.govshare.kernel.counting_days import PROOF_DAYS, overdue
from ckanext.govshare.kernel.counting_facts import (
    PUBLISHED,
    ApplicationFacts,
    DatasetFacts,
    HookUpFacts,
    LinkState,
    SystemFacts,
)

Rules = tuple[tuple[str, Callable[[Any, date], bool]], ...]


@dataclass(frozen=True)
class Ruling:
    """How the candidates of a measure are judged under one version.

    :param rules: reason and test of one candidate alone, strongest first
    :param repeats: weaker reasons: the competition keys by which a candidate repeats one that counts
    :param warn: warnings that alter no count
    :param days: the days on which time alone may change the verdict
    """

    rules: Rules
    repeats: tuple[tuple[str, Callable[[Any], set[str]]], ...] = ()
    warn: Callable[[Any, date], tuple[str, ...]] = lambda fact, day: ()
    days: Callable[[Any], list[date]] = lambda fact: []

    @property
    def slugs(self) -> tuple[str, ...]:
        return (*(slug for slug, _ in self.rules), *(slug for slug, _ in self.repeats))


def _not_published(facts: DatasetFacts, day: date) -> bool:
    if facts.catalogue_state in ("suspended", "withdrawn"):
        return False
    early = facts.published is not None and facts.published > day
    return facts.private or facts.catalogue_state != PUBLISHED or early


def _condition_missing(facts: DatasetFacts, day: date) -> bool:
    return facts.open_type == "2" and not (facts.open_condition.strip() and facts.apply_channel)


def _linked_only(facts: DatasetFacts, day: date) -> bool:
    return facts.profile == "federated" and bool(facts.files) and all(f.linked for f in facts.files)


def _no_items(facts: DatasetFacts, day: date) -> bool:
    """Items are owed by tables (format classes 2 and 3 of the national guide) that are described here."""
    return facts.profile == "national" and facts.format_class in ("2", "3") and not facts.has_items


def _file_rule(*needs: str) -> Callable[[DatasetFacts, date], bool]:
    """The last need fails for every file that meets the needs before it, or for every file at all.

    Files of another publisher are looked at only where there are no others.
    """

    def broken(facts: DatasetFacts, day: date) -> bool:
        *before, need = needs
        files = [f for f in facts.files if f.own] or facts.files
        good = [f for f in files if all(getattr(f, name) for name in before)]
        return bool(files) and not any(getattr(f, need) for f in good or files)

    return broken


def _not_reviewed(*before: str) -> Callable[[DatasetFacts, date], bool]:
    """What another publisher opened was not reviewed here, and is `linked_only` where it is all there is."""
    rule = _file_rule(*before, "reviewed")
    return lambda facts, day: any(f.own for f in facts.files) and rule(facts, day)


def _overdue_long(facts: DatasetFacts, day: date) -> bool:
    return overdue(facts, day) == "overdue_long"


def _dataset_warnings(facts: DatasetFacts, day: date) -> tuple[str, ...]:
    late, dead = overdue(facts, day), any(not f.alive for f in facts.files)
    return (*(["overdue"] if late else []), *(["some_dead_links"] if dead else []))


_ENTRY: Rules = (
    ("not_published", _not_published),
    ("not_open", lambda f, day: f.open_type not in ("1", "2")),
    ("suspended", lambda f, day: f.catalogue_state == "suspended"),
    ("withdrawn", lambda f, day: f.catalogue_state == "withdrawn"),
    ("not_government", lambda f, day: not f.government),
    ("condition_missing", _condition_missing),
    ("no_open_file", lambda f, day: not f.files),
    ("linked_only", _linked_only),
    ("dead_link", _file_rule("alive")),
    ("not_machine_readable", _file_rule("alive", "readable")),
)
_DESCRIBED: Rules = (
    ("no_licence", lambda f, day: f.licence in ("", "notspecified")),
    ("no_items", _no_items),
)
_DATASETS_1: Rules = (
    *_ENTRY,
    ("empty_file", _file_rule("alive", "readable", "filled")),
    *_DESCRIBED,
    ("not_reviewed", _not_reviewed("alive", "readable", "filled")),
    ("overdue_long", _overdue_long),
)
_DATASETS_2: Rules = (
    *_ENTRY,
    ("unreadable", _file_rule("alive", "readable", "sound")),
    ("empty_file", _file_rule("alive", "readable", "sound", "filled")),
    ("forced_conversion", _file_rule("alive", "readable", "sound", "filled", "tabular")),
    ("mostly_blank", _file_rule("alive", "readable", "sound", "filled", "tabular", "dense")),
    *_DESCRIBED,
    ("not_reviewed", _not_reviewed("alive", "readable", "sound", "filled", "tabular", "dense")),
    ("overdue_long", _overdue_long),
)


def _no_proof(facts: ApplicationFacts, day: date) -> bool:
    if facts.form == "web":
        return not facts.url
    if facts.form == "report":
        return not (facts.doi or facts.file_digest)
    return not facts.app_id


def _proof_old(facts: ApplicationFacts, day: date) -> bool:
    if facts.form in ("web", "report"):
        return False
    return facts.proof_checked is None or (day - facts.proof_checked).days > PROOF_DAYS


_APPLICATIONS_1: Rules = (
    ("not_approved", lambda f, day: not f.approved),
    ("own_use", lambda f, day: f.own_use),
    ("no_open_dataset", lambda f, day: f.open_datasets < 1),
    ("no_proof", _no_proof),
    ("dead_link", lambda f, day: f.form == "web" and f.link_state is LinkState.DEAD),
    ("proof_old", _proof_old),
)


def _not_hooked_up(facts: HookUpFacts, day: date) -> bool:
    return not facts.hooked_up


def _not_on_cloud(facts: SystemFacts, day: date) -> bool:
    return not facts.cloud


_DUPLICATE = ("duplicate", counting_keys.dataset_keys)
_FRAGMENT = ("fragment", counting_keys.series_keys)
_APPLICATIONS = Ruling(
    _APPLICATIONS_1, (("duplicate", counting_keys.application_keys),), days=counting_days.of_application
)
_HOOK_UP = Ruling((("not_hooked_up", _not_hooked_up),))
_CLOUD = Ruling((("not_on_cloud", _not_on_cloud),))
RULINGS: dict[int, dict[str, Ruling]] = {
    1: {
        "open_datasets": Ruling(_DATASETS_1, (_DUPLICATE,), _dataset_warnings, counting_days.of_dataset),
        "applications": _APPLICATIONS,
        "hook_up": _HOOK_UP,
        "cloud": _CLOUD,
    },
    2: {
        "open_datasets": Ruling(
            _DATASETS_2, (_DUPLICATE, _FRAGMENT), _dataset_warnings, counting_days.of_dataset
        ),
        "applications": _APPLICATIONS,
        "hook_up": _HOOK_UP,
        "cloud": _CLOUD,
    },
}
