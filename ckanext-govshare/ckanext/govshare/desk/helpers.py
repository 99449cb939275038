"""What templates ask of the desk room."""

from __future__ import annotations

__all__: list[str] = []
