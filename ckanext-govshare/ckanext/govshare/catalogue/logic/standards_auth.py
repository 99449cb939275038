"""Who may call the actions of `standards.py`."""

from __future__ import annotations

__all__: list[str] = []
