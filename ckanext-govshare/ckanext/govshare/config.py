"""The settings of govshare: one typed getter each. Declared in config_declaration.yaml."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk

PREFIX = "ckanext.govshare."
SITE_KEYS = ("city", "region", "office", "sponsor", "operator", "phone", "icp", "police", "code", "emblem",
             "brand", "brand_deep", "demo", "name_en", "slogan_en")  # fmt: skip


def get(key: str) -> Any:
    """The value of a declared setting.

    :param key: the part after ``ckanext.govshare.``
    """
    return tk.config.get(PREFIX + key)


def site() -> dict[str, Any]:
    """What pages show of the site: every ``site.*`` setting by its short name."""
    return {key: get(f"site.{key}") for key in SITE_KEYS}


def base_map() -> dict[str, str]:
    """The map below points of a table: ``{tiles, approval}``, both empty unless both are set (审图号)."""
    tiles, approval = str(get("site.map_tiles") or ""), str(get("site.map_approval") or "")
    usable = tiles.startswith(("https://", "http://", "/")) and all(sign in tiles for sign in ("{x}", "{y}", "{z}"))
    return {"tiles": tiles, "approval": approval} if approval and usable else {"tiles": "", "approval": ""}


def region() -> str:
    """Region code of the office that runs the site."""
    return get("site.region")


def files_path() -> Path:
    """Root of the file store."""
    configured = get("files.path")
    return Path(configured) if configured else Path(tk.config["ckan.storage_path"]) / "govshare"


def networks() -> dict[str, list[str]]:
    """Private address ranges (CIDR) by name of network."""
    return json.loads(get("exchange.networks"))


def folder(name: str) -> Path | None:
    """A folder in which departments leave files (``drop_folder``), or None for a name that is not configured."""
    found = tk.config.get(f"{PREFIX}exchange.folder.{name}", None)
    return Path(found) if found else None


def account(name: str) -> str | None:
    """What the site shows to a source to be let in: ``<origin> <header>: <value>``, or None for an unknown name.

    The origin belongs to it, so that no exchange point can have it sent elsewhere.
    """
    return tk.config.get(f"{PREFIX}exchange.account.{name}", None)


def database_url(name: str) -> str | None:
    """SQLAlchemy address of a front-end database, or None when the configuration knows no such name."""
    return tk.config.get(f"{PREFIX}exchange.database.{name}", None)
