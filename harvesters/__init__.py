"""One kind of exchange point a file: bytes or rows become source records. Imports the kernel, never CKAN."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ckanext.govshare.harvesters.base import Fetched, FetchState, Harvester, PointSpec
from ckanext.govshare.harvesters.catalogue_api import CatalogueApiHarvester
from ckanext.govshare.harvesters.ckan import CkanHarvester
from ckanext.govshare.harvesters.data_json import DataJsonHarvester
from ckanext.govshare.harvesters.database import DatabaseHarvester
from ckanext.govshare.harvesters.dcat import DcatHarvester
from ckanext.govshare.harvesters.drop_folder import DropFolderHarvester

__all__ = ["KINDS", "FetchState", "Fetched", "Harvester", "PointSpec", "configure"]

_DATABASE = DatabaseHarvester()
_DROP_FOLDER = DropFolderHarvester()

KINDS: dict[str, Harvester] = {
    harvester.kind: harvester
    for harvester in (
        CatalogueApiHarvester(),
        CkanHarvester(),
        DataJsonHarvester(),
        _DATABASE,
        DcatHarvester(),
        _DROP_FOLDER,
    )
}
"""Every kind of exchange point of this site by its name."""


def configure(
    database_url: Callable[[str], str | None], folder: Callable[[str], Path | None] = lambda name: None
) -> None:
    """Say where front-end databases and folders are; until then the site knows none.

    :param database_url: SQLAlchemy address by the name that a point gives, or None for an unknown name
    :param folder: folder by the name that a point gives, or None for an unknown name
    """
    _DATABASE.lookup = database_url
    _DROP_FOLDER.lookup = folder
