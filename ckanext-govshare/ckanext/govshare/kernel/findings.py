"""What a rule says: a finding with a stable slug and text in two languages; and how rules register."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from ckanext.govshare.kernel import codelists

Entry = Mapping[str, Any]

NATIONAL = "national"
FEDERATED = "federated"
PROFILES = (NATIONAL, FEDERATED)


class Severity(str, Enum):
    """A refusal stops the entry; a warning informs the department and goes on its to-do list."""

    REFUSE = "refuse"
    WARN = "warn"


@dataclass(frozen=True)
class Finding:
    """What is wrong and what to do about it.

    :param slug: stable name of the rule
    :param field: the entry field that it is about
    :param message_zh: text for a data officer
    :param message_en: the same in English
    :param severity: whether it refuses
    :param number: number of the rule in the fact base (``V3``), empty where it has none
    """

    slug: str
    field: str
    message_zh: str
    message_en: str
    severity: Severity = Severity.REFUSE
    number: str = ""

    def as_dict(self) -> dict[str, str]:
        """JSON values, for the ledger and the API."""
        return {**asdict(self), "severity": self.severity.value}

    @classmethod
    def from_dict(cls, values: Mapping[str, str]) -> Finding:
        """A finding that was stored by `as_dict`."""
        return cls(**{**values, "severity": Severity(values["severity"])})


@dataclass(frozen=True)
class Problem:
    """What the body of a rule yields; the registry adds slug, number and weight.

    :param federated: weight in the federated profile where it differs from the rule's
    """

    field: str
    zh: str
    en: str
    federated: Severity | None = None


Check = Callable[[Entry, codelists.Codelists], Iterable[Problem]]


@dataclass(frozen=True)
class Rule:
    """A pure function over an entry with its name and its weight in each profile."""

    slug: str
    number: str
    national: Severity
    federated: Severity
    check: Check
    __doc__: str | None = None

    def __call__(
        self, entry: Entry, profile: str = NATIONAL, codes: codelists.Codelists | None = None
    ) -> list[Finding]:
        """Apply the rule.

        :param entry: fields of a catalogue entry
        :param profile: ``national`` or ``federated``
        :param codes: the code lists; the installed ones if not given
        """
        tables = codelists.installed() if codes is None else codes
        return [self._finding(problem, profile) for problem in self.check(entry, tables)]

    def _finding(self, problem: Problem, profile: str) -> Finding:
        severity = self.national if profile == NATIONAL else problem.federated or self.federated
        return Finding(self.slug, problem.field, problem.zh, problem.en, severity, self.number)


RULES: dict[str, Rule] = {}
"""Every rule over entries by its slug, in the order in which its findings are shown."""


def rule(
    slug: str,
    number: str = "",
    *,
    national: Severity = Severity.REFUSE,
    federated: Severity = Severity.REFUSE,
) -> Callable[[Check], Rule]:
    """Register a rule.

    :param slug: stable name, also of its findings
    :param number: number in the fact base
    :param national: weight for entries made here
    :param federated: weight for entries harvested from portals of another standard
    """

    def register(check: Check) -> Rule:
        if slug in RULES:
            raise ValueError(f"two rules named {slug}")
        RULES[slug] = Rule(slug, number, national, federated, check, check.__doc__)
        return RULES[slug]

    return register


def refused(findings: Iterable[Finding]) -> bool:
    """Whether any of the findings refuses."""
    return any(finding.severity is Severity.REFUSE for finding in findings)


def of_severity(findings: Iterable[Finding], severity: Severity) -> Iterator[Finding]:
    """The findings of one weight."""
    return (finding for finding in findings if finding.severity is severity)
