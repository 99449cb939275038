"""What a rule says: a finding with a stable slug and text in two languages; and how rules register."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from ckanext.govshare.kernel import codelists, forms, legal, standards

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


@dataclass(frozen=True)
class Facts:
    """What lies beside the entry. A rule that needs a fact that is None says nothing.

    :param known_codes: those of the entry's related codes that exist
    :param taken_codes: those of the entry's own code that another entry bears or bore
    :param titles: `text.title_key` of the provider's other entries of the type, and their codes
    :param before: the published version, if there is one
    :param systems: code and name of every information system that the provider may name
    :param organizations: id, name and title of the organisations that the entry names as lead
    :param provider_uscc: the provider's unified social credit code, empty if it has none
    :param office_consents: whether the office looks at the entry before it is published
    """

    known_codes: frozenset[str] | None = None
    taken_codes: frozenset[str] | None = None
    titles: Mapping[str, str] | None = None
    before: Mapping[str, Any] | None = None
    systems: frozenset[str] | None = None
    organizations: frozenset[str] | None = None
    provider_uscc: str | None = None
    office_consents: bool = False


NO_FACTS = Facts()


@dataclass(frozen=True)
class Given:
    """All that a rule may look at beside the entry: form, lists, register, law, facts."""

    form: forms.Form
    codes: codelists.Codelists
    standards: standards.Register
    law: legal.LegalProfile
    facts: Facts = NO_FACTS

    @classmethod
    def of(
        cls, package_type: str, codes: codelists.Codelists | None = None, facts: Facts | None = None
    ) -> Given:
        """What is installed, for a package type.

        :raises KeyError: the type has no form
        """
        return cls(
            forms.installed()[package_type],
            codelists.installed() if codes is None else codes,
            standards.installed(),
            legal.installed(),
            facts or NO_FACTS,
        )


Check = Callable[[Entry, Given], Iterable[Problem]]
DATASET = ("dataset",)
EVERY: tuple[str, ...] = ()
"""Of a rule that asks nothing but the form: it holds for every type."""


@dataclass(frozen=True)
class Rule:
    """A pure function over an entry with its name, the types that it holds for and its weight in each profile.

    A weight of None: the rule does not hold in that profile.
    """

    slug: str
    number: str
    national: Severity | None
    federated: Severity | None
    check: Check
    types: tuple[str, ...] = DATASET
    facts: bool = False
    __doc__: str | None = None

    def __call__(
        self,
        entry: Entry,
        profile: str = NATIONAL,
        codes: codelists.Codelists | None = None,
        facts: Facts | None = None,
    ) -> list[Finding]:
        """Apply the rule to an entry of its first type (``dataset`` if it holds for every type).

        :param entry: fields of a catalogue entry
        :param profile: ``national`` or ``federated``
        :param codes: the code lists; the installed ones if not given
        :param facts: what lies beside the entry
        """
        return self.findings(entry, profile, Given.of((self.types or DATASET)[0], codes, facts))

    def holds_for(self, package_type: str) -> bool:
        """Whether the rule is about entries of that type."""
        return not self.types or package_type in self.types

    def findings(self, entry: Entry, profile: str, given: Given) -> list[Finding]:
        """Apply the rule to an entry of the type whose form is given."""
        weight = self.national if profile == NATIONAL else self.federated
        if weight is None:
            return []
        return [
            Finding(
                self.slug,
                problem.field,
                problem.zh,
                problem.en,
                weight if profile == NATIONAL else problem.federated or weight,
                self.number,
            )
            for problem in self.check(entry, given)
        ]


RULES: dict[str, Rule] = {}
"""Every rule over entries by its slug, in the order in which its findings are shown."""


def rule(
    slug: str,
    number: str = "",
    *,
    national: Severity | None = Severity.REFUSE,
    federated: Severity | None = Severity.REFUSE,
    types: tuple[str, ...] = DATASET,
    facts: bool = False,
) -> Callable[[Check], Rule]:
    """Register a rule.

    :param slug: stable name, also of its findings
    :param number: number in the fact base
    :param national: weight for entries made here
    :param federated: weight for entries harvested from portals of another standard
    :param types: package types that it holds for; `EVERY` for a rule that asks only the form
    :param facts: whether it looks at what lies beside the entry
    """

    def register(check: Check) -> Rule:
        if slug in RULES:
            raise ValueError(f"two rules named {slug}")
        RULES[slug] = Rule(slug, number, national, federated, check, types, facts, check.__doc__)
        return RULES[slug]

    return register


def refused(findings: Iterable[Finding]) -> bool:
    """Whether any of the findings refuses."""
    return any(finding.severity is Severity.REFUSE for finding in findings)
