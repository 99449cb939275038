"""Actions and rights of the root; and how a room hands its own to CKAN."""

from __future__ import annotations

from types import ModuleType
from typing import Any


def functions(*modules: ModuleType) -> dict[str, Any]:
    """What modules list in ``__all__``, by name: for the blankets of a room with more than one module of them."""
    return {name: getattr(module, name) for module in modules for name in module.__all__}
