"""The opening gate: no file reaches the public without its review record."""

from __future__ import annotations

__all__: list[str] = []
