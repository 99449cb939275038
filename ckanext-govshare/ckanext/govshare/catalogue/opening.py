"""The opening gate: no file reaches the public without its review record."""

from __future__ import annotations

from typing import Any


def refusals(organization_id: str, data: dict[str, Any]) -> list[str]:
    """Why the open files of an entry may not open yet."""
    return []


def confirm_change(context: dict[str, Any], organization_id: str, data: dict[str, Any], actor: str) -> None:
    """Confirm the signed records of the open files of a change."""
