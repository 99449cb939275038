"""Actions on applications that the public hands in."""

from __future__ import annotations

__all__: list[str] = []
