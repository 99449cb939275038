"""The door by which contributions come in: so many a day, each a case before the office of its region."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.govshare import callers, cases, config, receipts, roles, throttle
from ckanext.govshare.dialogue import given
from ckanext.govshare.dialogue.given import Given
from ckanext.govshare.dialogue.model import Dialogue, Found
from ckanext.govshare.kernel import clock, workdays
from ckanext.govshare.kernel.cases import DIALOGUE

ONE_AT_A_TIME = 5_021  # key of the advisory lock under which contributions are counted


def one_at_a_time() -> None:
    """Let others who write wait until this transaction ends."""
    throttle.one_at_a_time(ONE_AT_A_TIME)


def let_in() -> str:
    """Let in so many a day and no more; answers the day's mark of the address."""
    mark, mine, everybody = throttle.today(Dialogue, callers.address())
    if mine >= config.get("dialogue.per_day"):
        raise tk.ValidationError(
            {"throttled": [tk._("Today's number from your address is reached. Write tomorrow.")]}
        )
    if everybody >= config.get("dialogue.per_day_site"):
        raise tk.ValidationError({"throttled": [tk._("Very many people wrote today. Write tomorrow.")]})
    return mark


def add(found: Given, code: str, mark: str, actor: str) -> Found:
    """Keep a new contribution with its case; the caller commits.

    :param code: of its receipt
    :param mark: the day's mark of the address
    """
    office = office_of(found)
    title = found.data["title"]
    case = cases.start(DIALOGUE, organization_id=office.id, region=office.region, title=title, actor=actor)
    case.due = workdays.add(clock.now(), given.term(found.kind)).end
    row = Dialogue(
        id=case.id, kind=found.kind, package_id=found.package_id, data=found.data, marks=found.marks,
        code_hash=receipts.hash_of(code), address_hash=mark, **found.contact,
    )  # fmt: skip
    model.Session.add(row)
    model.Session.flush()
    event = {
        "action": "dialogue_create",
        "object_type": DIALOGUE.name,
        "object_id": case.id,
        "region": case.region,
    }
    event["data"] = {"title": title, "kind": found.kind}
    tk.get_action("govshare_event_add")({"ignore_auth": True, "user": actor}, event)
    return row, case


def office_of(found: Given) -> roles.Organization:
    """The office of the region of the entry's provider, or of the department that was named; else the site's."""
    package = model.Package.get(found.package_id) if found.package_id else None
    region = roles.region_of(package.owner_org if package is not None else found.data.get("provider"))
    try:
        return cases.office(region or config.region())
    except tk.ValidationError:
        return cases.office(config.region())
