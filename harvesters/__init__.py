"""One kind of exchange point a file: bytes or rows become source records. Imports the kernel, never CKAN."""

from __future__ import annotations

from ckanext.govshare.harvesters.base import Fetched, FetchState, Harvester, PointSpec
from ckanext.govshare.harvesters.data_json import DataJsonHarvester

__all__ = ["KINDS", "FetchState", "Fetched", "Harvester", "PointSpec"]

KINDS: dict[str, Harvester] = {harvester.kind: harvester for harvester in (DataJsonHarvester(),)}
"""Every kind of exchange point of this site by its name."""
