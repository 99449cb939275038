"""Lists of this site: code lists, the profile of the law, and what they look like on screen.

What is shipped (schemas/) is replaced file by file by the folder that ``ckanext.govshare.schemas.path`` names.
"""

from __future__ import annotations

import ckan.plugins.toolkit as tk

from ckanext.govshare import config, schemas
from ckanext.govshare.kernel import codelists, legal
from ckanext.govshare.kernel.finding import Synonyms
from ckanext.govshare.kernel.legal import LegalProfile


def folder() -> str:
    """The deployment's folder of lists; empty where it has none."""
    return str(config.get("schemas.path") or "")


def lists() -> codelists.Codelists:
    """Every code list by name.

    :raises ValueError: a file of the deployment is no code list: it is named
    """
    return schemas.load_codelists(folder())


def profile() -> LegalProfile:
    """The profile of the law that this site follows.

    :raises ValueError: the setting names none, or a file of the deployment is no profile
    """
    known = schemas.load_profiles(folder())
    name = str(config.get("schemas.legal_profile") or schemas.DEFAULT_PROFILE)
    if name not in known:
        raise ValueError(f"ckanext.govshare.schemas.legal_profile: {name!r} is none of {', '.join(known)}")
    return known[name]


def synonyms() -> Synonyms:
    """Words that mean the same to somebody who searches here.

    :raises ValueError: the file of the deployment holds something else
    """
    return schemas.load_synonyms(folder())


def language() -> str:
    """``zh`` or ``en``: which label of a code is shown."""
    try:
        locale = tk.h.lang() or ""
    except (RuntimeError, AttributeError):
        locale = tk.config.get("ckan.locale_default") or ""
    return "en" if str(locale).startswith("en") else "zh"


def label(name: str, code: str | None) -> str:
    """Label of a code in the reader's language; the code itself when the list has none."""
    table = lists().get(name)
    found = table.get(code) if table is not None else None
    return getattr(found, language()) if found else code or ""


codelists.provide(lists)
legal.provide(profile)
