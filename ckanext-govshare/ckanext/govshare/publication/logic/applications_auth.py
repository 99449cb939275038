"""Who may hand in, see and decide on applications."""

from __future__ import annotations

__all__: list[str] = []
