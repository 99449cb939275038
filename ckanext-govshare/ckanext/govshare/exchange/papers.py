"""Papers about a point: assessment report (测评报告), classified protection (等保), others. The bytes lie in the file
store; who sees the point may take them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare.exchange.model import PointFile


def of(point_id: str) -> list[PointFile]:
    """The papers of a point, oldest first."""
    query = sa.select(PointFile).where(PointFile.point_id == point_id)
    return list(model.Session.scalars(query.order_by(PointFile.added, PointFile.id)))


def check_own(point_id: str, ids: Iterable[Any]) -> None:
    """Raise unless these are papers of the point.

    :raises ValidationError: ``attachments``
    """
    wanted = {str(id) for id in ids}
    if wanted and wanted - {paper.id for paper in of(point_id)}:
        raise tk.ValidationError({"attachments": [tk._("The exchange point has no such attachment")]})
