"""Who may call the actions of `sheets.py`."""

from __future__ import annotations

__all__: list[str] = []
