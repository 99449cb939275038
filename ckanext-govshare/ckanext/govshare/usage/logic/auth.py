"""Who may call the actions of the room `usage`."""

from __future__ import annotations

__all__: list[str] = []
