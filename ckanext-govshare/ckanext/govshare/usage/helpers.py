"""What templates ask the room `usage`."""

from __future__ import annotations

__all__: list[str] = []
