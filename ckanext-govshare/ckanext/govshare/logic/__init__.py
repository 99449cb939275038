"""Actions and rights of the root; what every room's actions share."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, Schema


def functions(*modules: ModuleType) -> dict[str, Any]:
    """What modules list in ``__all__``, by name: for the blankets of a room with more than one module of them."""
    return {name: getattr(module, name) for module in modules for name in module.__all__}


def checked(context: Context, data_dict: dict[str, Any], schema: Schema) -> dict[str, Any]:
    """What an action was given, after its schema.

    :raises ValidationError: with the errors by field
    """
    data, errors = tk.navl_validate(dict(data_dict), schema, Context(**context))
    if errors:
        raise tk.ValidationError(errors)
    return {name: value for name, value in data.items() if name not in ("__extras", "__junk")}
