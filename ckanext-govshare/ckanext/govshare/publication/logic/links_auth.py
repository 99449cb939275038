"""Who may use the link check."""

from __future__ import annotations

__all__: list[str] = []
