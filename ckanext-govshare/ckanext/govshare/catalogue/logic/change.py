"""Changes of entries before they are published: draft, review, approval."""

from __future__ import annotations

__all__: list[str] = []
