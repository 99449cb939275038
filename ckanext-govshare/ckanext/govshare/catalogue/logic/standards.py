"""The register of standard items (数据元)."""

from __future__ import annotations

__all__: list[str] = []
