"""Who may write, hand in, return and accept monthly reports."""

from __future__ import annotations

__all__: list[str] = []
