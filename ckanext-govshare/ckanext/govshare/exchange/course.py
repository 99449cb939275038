"""The course of points: their last runs in figures, for charts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.govshare.exchange.model import RUN
from ckanext.govshare.kernel.states import RunState

CHANGES = ("create", "update", "reappear", "suspend", "review")
PROBLEMS = ("reject", "conflict")
# A plan that only looked is no run of the point; one that was applied is.
APPLIED = (RunState.HELD.value, RunState.APPLYING.value, RunState.DONE.value)


def last_runs(point_ids: Collection[str], limit: int) -> dict[str, list[dict[str, Any]]]:
    """The last runs of points, oldest first, in one query.

    :param limit: runs a point
    :returns: by id of the point: ``[{id, state, created, seconds, records, changes, problems}]``
    """
    place = sa.func.row_number().over(partition_by=RUN.c.point_id, order_by=RUN.c.created.desc())
    columns = ("id", "point_id", "state", "created", "seconds", "counts", "totals")
    ranked = (
        sa.select(*(RUN.c[name] for name in columns), place.label("place"))
        .where(RUN.c.point_id.in_(point_ids), sa.or_(~RUN.c.dry_run, RUN.c.state.in_(APPLIED)))
        .subquery()
    )
    found: dict[str, list[dict[str, Any]]] = {point_id: [] for point_id in point_ids}
    query = sa.select(ranked).where(ranked.c.place <= limit).order_by(ranked.c.created)
    for row in model.Session.execute(query):
        found[row.point_id].append(
            {
                "id": row.id,
                "state": row.state,
                "created": row.created.isoformat(),
                "seconds": round(row.seconds, 3),
                "records": row.totals.get("records", 0),
                "changes": sum(row.counts.get(name, 0) for name in CHANGES),
                "problems": sum(row.counts.get(name, 0) for name in PROBLEMS),
            }
        )
    return found
