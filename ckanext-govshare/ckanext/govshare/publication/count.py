"""One look at the facts of a day: candidates, judged by the kernel, for a target and a viewer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from flask import g, has_request_context

from ckanext.govshare import config
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.counting import Judgement, judge_applications, judge_datasets
from ckanext.govshare.publication import facts
from ckanext.govshare.publication.model import Measure, Scope, Target


@dataclass(frozen=True)
class Viewer:
    """Who asks: the regions whose office he is of, and the departments he belongs to."""

    office_regions: frozenset[str] = frozenset()
    organizations: frozenset[str] = frozenset()

    def is_office(self, target: Target) -> bool:
        return target.region in self.office_regions


PUBLIC = Viewer()


@dataclass(frozen=True)
class Entry:
    """One judged candidate."""

    candidate: facts.Candidate
    judgement: Judgement

    @property
    def public(self) -> bool:
        return self.candidate.facts.public

    @property
    def published(self) -> date:
        return self.candidate.facts.published or clock.today()


@dataclass
class Count:
    """One look at the facts of a day, shared by everything that one answer says."""

    day: date = field(default_factory=clock.today)
    _entries: dict[Measure, list[Entry]] = field(default_factory=dict)
    _datasets: list[facts.Candidate] | None = None

    def entries(self, measure: Measure) -> list[Entry]:
        """Every candidate of a measure on the site, judged as of `day`; what came later is left out."""
        if measure not in self._entries:
            found = self.datasets() if measure is Measure.OPEN_DATASETS else self._applications()
            judge = judge_datasets if measure is Measure.OPEN_DATASETS else judge_applications
            past = self.day < clock.today()
            known = [c for c in found if not past or (c.facts.published or self.day) <= self.day]
            judged = judge([candidate.facts for candidate in known], self.day)
            self._entries[measure] = [Entry(candidate, judged[candidate.facts.id]) for candidate in known]
        return self._entries[measure]

    def datasets(self) -> list[facts.Candidate]:
        if self._datasets is None:
            self._datasets = facts.datasets()
        return self._datasets

    def _applications(self) -> list[facts.Candidate]:
        public = [candidate for candidate in self.datasets() if candidate.facts.public]
        return facts.applications({key for c in public for key in (c.facts.id, c.name, c.resource_code)})

    def of(self, target: Target, viewer: Viewer = PUBLIC) -> list[Entry]:
        """The candidates of a target that this viewer may know of."""
        office = viewer.is_office(target)
        # An application is submitted to be shown, so that its number is public; who sent it is not.
        open_to_all = target.measure == Measure.APPLICATIONS
        return [
            entry
            for entry in self.entries(Measure(target.measure))
            if in_scope(target, entry.candidate) and (office or open_to_all or entry.public)
        ]


def share() -> None:
    """Let all that one page asks look at the same facts, read once. For pages that write nothing."""
    if has_request_context() and "govshare_count" not in g:
        g.govshare_count = Count()


def current() -> Count:
    """The look at the facts that this page shares, or a new one."""
    return g.govshare_count if has_request_context() and "govshare_count" in g else Count()


def in_scope(target: Target, candidate: facts.Candidate) -> bool:
    """Whether a candidate belongs to the target's department, or to its region and what lies in it.

    A code that ends in 00 is a city and takes its counties in; a provider without a region is of the site's.
    """
    if target.scope == Scope.DEPARTMENT:
        return bool(candidate.organization) and candidate.organization["id"] == target.organization_id
    region = candidate.region or config.region() or ""
    return region[:4] == target.region[:4] if target.region.endswith("00") else region == target.region
