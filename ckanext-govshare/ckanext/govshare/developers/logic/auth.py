"""Who may call the actions of the room `developers`."""

from __future__ import annotations

__all__: list[str] = []
