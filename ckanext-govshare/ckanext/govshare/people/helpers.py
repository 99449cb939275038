"""What templates ask of the people room."""

from __future__ import annotations

__all__: list[str] = []
