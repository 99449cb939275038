"""What happened to the entries of departments in a period, out of the change log: one statement for all of them.

A day is one of Beijing and begins and ends at 24:00. An entry belongs to the department that owned it at the end of
the period, whoever owns it today.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

import sqlalchemy as sa
from ckan import model

from ckanext.govshare.kernel import clock

GROUPS = {"dataset": "catalogue", "information-system": "systems"}
ENTRIES = ("published", "new", "updated", "withdrawn")
EXCHANGE = ("new", "updated")

STATEMENT = """
WITH state AS (  -- where each entry stood at the end
    SELECT DISTINCT ON (package_id) package_id, kind IN ('created', 'published') AS published, kind
    FROM govshare_change_log
    WHERE at < :end AND kind IN ('created', 'published', 'suspended', 'withdrawn')
    ORDER BY package_id, id DESC
), owner AS (  -- whose it was at the end, where it went to somebody else since
    SELECT DISTINCT ON (package_id) package_id, fields -> 'owner_org' ->> 0 AS id
    FROM govshare_change_log
    WHERE at >= :end AND jsonb_exists(fields, 'owner_org')
    ORDER BY package_id, id
), seen AS (  -- what happened from the first day to the last
    SELECT package_id, bool_or(kind = 'created') AS created, bool_or(kind = 'updated') AS updated,
        bool_or(kind = 'withdrawn') AS withdrawn,
        bool_or(kind = 'created' AND run_id IS NOT NULL) AS brought,
        bool_or(kind = 'updated' AND run_id IS NOT NULL) AS renewed
    FROM govshare_change_log WHERE at >= :start AND at < :end GROUP BY package_id
)
SELECT coalesce(owner.id, package.owner_org) AS organization, package.type,
    count(*) FILTER (WHERE state.published) AS published,
    count(*) FILTER (WHERE state.published AND seen.created) AS new,
    count(*) FILTER (WHERE seen.updated AND NOT seen.created) AS updated,
    count(*) FILTER (WHERE state.kind = 'withdrawn' AND seen.withdrawn AND NOT seen.created) AS withdrawn,
    count(*) FILTER (WHERE state.published AND seen.brought) AS brought,
    count(*) FILTER (WHERE seen.renewed AND NOT seen.created) AS renewed
FROM package
JOIN state ON state.package_id = package.id
LEFT JOIN owner ON owner.package_id = package.id
LEFT JOIN seen ON seen.package_id = package.id
WHERE package.type IN :types AND coalesce(owner.id, package.owner_org) IN :organizations
GROUP BY 1, 2
"""


def counts(organizations: Collection[str], first: date, last: date) -> dict[str, dict[str, dict[str, int]]]:
    """What departments had and did.

    :param organizations: ids
    :param first: first day, included
    :param last: last day, included
    :returns: for every department asked for ``{organization id: {catalogue: {published, new, updated, withdrawn},
        systems: {the same}, exchange: {new, updated}}}``
    """
    found = {
        id: {
            **{group: dict.fromkeys(ENTRIES, 0) for group in GROUPS.values()},
            "exchange": dict.fromkeys(EXCHANGE, 0),
        }
        for id in organizations
    }
    if not found:
        return {}
    names = [sa.bindparam("types", expanding=True), sa.bindparam("organizations", expanding=True)]
    rows = model.Session.execute(
        sa.text(STATEMENT).bindparams(*names),
        {
            "start": clock.end_of_day(first - timedelta(days=1)),
            "end": clock.end_of_day(last),
            "types": list(GROUPS),
            "organizations": list(found),
        },
    )
    for row in rows.mappings():
        counted = found[row["organization"]]
        counted[GROUPS[row["type"]]] = {key: row[key] for key in ENTRIES}
        counted["exchange"]["new"] += row["brought"]
        counted["exchange"]["updated"] += row["renewed"]
    return found
