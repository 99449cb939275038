"""Who may call the actions of `opening.py`."""

from __future__ import annotations

__all__: list[str] = []
