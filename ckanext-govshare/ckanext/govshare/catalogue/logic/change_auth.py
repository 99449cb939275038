"""Who may call the actions of `change.py`."""

from __future__ import annotations

__all__: list[str] = []
