"""Actions of the room `dialogue`."""

from __future__ import annotations

__all__: list[str] = []
