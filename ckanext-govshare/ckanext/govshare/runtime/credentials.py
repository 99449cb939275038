"""Passwords and keys of the embedded stack: generated once, kept in a file of mode 600, never a default."""

from __future__ import annotations

import secrets

from ckanext.govshare.runtime.paths import Home, read_json, write_json

NAMES = (
    "postgres_superuser",
    "postgres_ckan",
    "postgres_datastore",
    "valkey",
    "solr",
    "solr_salt",
    "secret_key",
    "csrf_key",
    "token_key",
    "admin",
)


def load(home: Home) -> dict[str, str]:
    """Read the secrets of a home; generate those that are missing.

    :param home: a prepared home
    :returns: name → secret, URL-safe text of 43 characters (32 random bytes); the password of the first
        account has 16 characters, since people type it
    """
    kept = read_json(home.secrets)
    made = {
        name: secrets.token_urlsafe(12 if name == "admin" else 32)
        for name in NAMES
        if not isinstance(kept.get(name), str) or len(kept[name]) < 16
    }
    if made:
        kept.update(made)
        write_json(home.secrets, kept)
    home.secrets.chmod(0o600)
    return kept
