"""Which item, and which cell of it, a rule's finding is about.

A finding on the item table names its item in words only. Words are not parsed here: the rule itself is asked again.
Rules go through the items in their order, so the k-th finding of a rule is about the item with which its k-th
finding appears when items are added one by one; and about the cell whose other content makes it go away.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ckanext.govshare.kernel.findings import RULES, Finding, Given
from ckanext.govshare.kernel.forms import Form

_SAMPLES = ("", "1", "M", "列甲")  # contents that some rule or other has nothing against


class Locator:
    """Finds the cells of the findings on one entry's item table.

    :param entry: the entry as the rules saw it
    :param given: what they saw beside it
    """

    def __init__(self, form: Form, entry: dict[str, Any], profile: str, given: Given):
        self.form, self.entry, self.profile, self.given = form, entry, profile, given
        self.items: list[dict[str, Any]] = list(entry.get(form.items_name) or [])
        self._counts: dict[tuple[str, int], int] = {}

    def places(self, findings: Sequence[Finding]) -> list[tuple[int, str]]:
        """Position (from 0) of the item and name of its field, for each finding on the item table.

        :param findings: all findings on the item table, in the order in which the rules gave them
        :returns: -1 and an empty name for a finding on the table as a whole
        """
        seen: dict[str, int] = {}
        positions = []
        for finding in findings:
            number = seen[finding.slug] = seen.get(finding.slug, 0) + 1
            positions.append(self._position(finding.slug, number) if self.items else -1)
        taken: dict[tuple[str, int], list[str]] = {}
        totals: dict[tuple[str, int], int] = {}
        for finding, position in zip(findings, positions, strict=True):
            totals[finding.slug, position] = totals.get((finding.slug, position), 0) + 1
        found = []
        for finding, position in zip(findings, positions, strict=True):
            key = (finding.slug, position)
            if position >= 0 and key not in taken:
                taken[key] = self._parts(finding.slug, position)[-totals[key] :]
            found.append((position, taken[key].pop(0) if taken.get(key) else ""))
        return found

    def _position(self, slug: str, number: int) -> int:
        """The item with which the ``number``-th finding of a rule appears; by halving."""
        low, high = 0, len(self.items)
        if self._count(slug, high) < number:
            return -1
        while high - low > 1:
            middle = (low + high) // 2
            if self._count(slug, middle) >= number:
                high = middle
            else:
                low = middle
        return high - 1

    def _parts(self, slug: str, position: int) -> list[str]:
        """The fields of an item whose other content makes a finding of the rule go away, in the form's order."""
        base = self._count(slug, position + 1)
        return [
            part.name
            for part in self.form.items
            if any(
                self._run(slug, [*self.items[:position], {**self.items[position], part.name: sample}]) < base
                for sample in _SAMPLES
            )
        ]

    def _count(self, slug: str, length: int) -> int:
        if (slug, length) not in self._counts:
            self._counts[slug, length] = self._run(slug, self.items[:length]) if length else 0
        return self._counts[slug, length]

    def _run(self, slug: str, items: list[dict[str, Any]]) -> int:
        entry = {**self.entry, self.form.items_name: items}
        found = RULES[slug].findings(entry, self.profile, self.given)
        return sum(finding.field == self.form.items_name for finding in found)
