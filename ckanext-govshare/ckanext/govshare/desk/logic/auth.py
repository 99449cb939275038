"""Who may call the actions of the desk room."""

from __future__ import annotations

__all__: list[str] = []
