"""Who may do what to a change: authors write, the department signs off, the office of the region publishes.

Nobody approves what he wrote, nor twice: the two-person rule binds everybody, operators too (DESIGN §4).
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.govshare import cases, roles
from ckanext.govshare.catalogue.model import Change
from ckanext.govshare.kernel.cases import CHANGE, Act, ChangeState, Party
from ckanext.govshare.roles import Role

WRITABLE = frozenset({ChangeState.DRAFT.value, ChangeState.RETURNED.value})


class Hands(roles.Hands):
    """What one person may do to changes."""

    def sees(self, case: cases.Case) -> bool:
        """Whether a change may be read: by its own department and by the office of the region."""
        return case.organization_id in self.organizations or case.region in self.offices

    def may_write(self, organization_id: str, region: str) -> bool:
        """Whether this person may write changes for an organisation."""
        return organization_id in self.writes or region in self.offices

    def refusal(self, change: Change, case: cases.Case, act: Act | str) -> str | None:
        """Why this person may not do an act now, or None.

        :returns: a sentence in the reader's language
        """
        move = next((move for move in CHANGE.open_acts(case.state) if move.act == act), None)
        if move is None:
            return tk._("This is not possible where the change stands now")
        if move.party is Party.AUTHOR:
            if self.may_write(case.organization_id, case.region):
                return None
            return tk._("Only the department and the office may do this")
        if move.party is Party.REVIEWER and case.organization_id not in self.reviews:
            return tk._("This waits for a reviewer of the department")
        if move.party is Party.OFFICE and case.region not in self.offices:
            return tk._("This waits for the office")
        if move.act is Act.APPROVE:
            if self.user in change.authors:
                return tk._("Nobody approves what they wrote themselves")
            if self.user in approvers(case.id):
                return tk._("You approved this before: the next approval is another person's")
        return None

    def acts(self, change: Change, case: cases.Case) -> list[str]:
        """The acts that this person may do now."""
        return [
            move.act.value
            for move in CHANGE.open_acts(case.state)
            if self.refusal(change, case, move.act) is None
        ]


def approvers(case_id: str) -> set[str]:
    """Who approved a change since it was last returned."""
    found: set[str] = set()
    for event in cases.events(case_id):
        if event.act == Act.RETURN.value:
            found.clear()
        elif event.act == Act.APPROVE.value:
            found.add(event.actor)
    return found


def somebody_else_reviews(organization_id: str, authors: list[str]) -> bool:
    """Whether the department has a reviewer who did not write the change."""
    return bool(roles.holders(Role.REVIEWER, organization_id) - set(authors))


def waits_on(case: cases.Case, titles: dict[str, str]) -> dict[str, Any] | None:
    """Who has to act next, and since when; None where the case has ended.

    :param titles: titles of organisations by id
    """
    party = CHANGE.waits_on(case.state)
    if party is None:
        return None
    return {
        "role": party.value,
        "organization": titles.get(case.organization_id, "") if party is not Party.OFFICE else "",
        "region": case.region,
        "since": case.since.isoformat(timespec="seconds"),
    }
