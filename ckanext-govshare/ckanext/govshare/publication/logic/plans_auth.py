"""Who may plan publications, and see plans."""

from __future__ import annotations

__all__: list[str] = []
