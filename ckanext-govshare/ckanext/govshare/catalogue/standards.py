"""The register of standard items (数据元): what is shipped, or the deployment's own ``standard_items.yaml``."""

from __future__ import annotations

from typing import Any

from ckanext.govshare import schemas
from ckanext.govshare.catalogue import codelists
from ckanext.govshare.kernel import standards
from ckanext.govshare.kernel.standards import Register, StandardItem
from ckanext.govshare.kernel.text import title_key


def register() -> Register:
    """Every standard item by its identifier.

    :raises ValueError: the deployment's file is no register
    """
    return schemas.load_standard_items(codelists.folder())


def find(text: str) -> list[StandardItem]:
    """The standard items whose identifier, name or description holds a text; all for an empty text."""
    wanted = title_key(text)
    return [
        item
        for item in register().values()
        if wanted in title_key("\n".join((item.id, item.zh, item.en, item.name, item.description)))
    ]


def apply(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of an item table with what they take from their standard items where they are blank."""
    return standards.apply(items, register())


standards.provide(register)
