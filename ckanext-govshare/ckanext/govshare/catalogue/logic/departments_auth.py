"""Who may call the actions of `departments.py`: the rooms, inside their transactions."""

from __future__ import annotations

from ckanext.govshare.logic.auth import only_rooms

__all__ = ["govshare_catalogue_transfer", "govshare_index_queue"]


govshare_catalogue_transfer = only_rooms
govshare_index_queue = only_rooms
