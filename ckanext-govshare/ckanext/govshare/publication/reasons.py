"""The words of a counting rule, from `schemas/counting_rule_<version>.yaml`: reasons, what to do, the text."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import yaml
from ckan.common import config
from ckan.lib import i18n
from flask import has_request_context

from ckanext.govshare.kernel.counting import LATEST


@cache
def rule(version: int) -> dict[str, Any]:
    """The words of one version of the rule.

    :param version: version of the counting rule
    :returns: ``{version, title_zh, title_en, rule: [{zh, en}], reasons: {slug: {zh, en, todo_zh, todo_en}}}``
    :raises FileNotFoundError: there is no such version
    """
    source = resources.files("ckanext.govshare.schemas") / f"counting_rule_{version}.yaml"
    return yaml.safe_load(source.read_text(encoding="utf-8"))


def language() -> str:
    """``zh`` or ``en``: the reader's language, or the site's where nobody reads a page."""
    name = i18n.get_lang() if has_request_context() else config.get("ckan.locale_default")
    return "zh" if not name or str(name).startswith("zh") else "en"


def label(slug: str, version: int = LATEST) -> str:
    """What a reason is called, in the reader's language."""
    return rule(version)["reasons"][slug][language()]


def what_to_do(slug: str | None, version: int = LATEST) -> str | None:
    """What the department does about a reason, in the reader's language; None for what is counted."""
    return rule(version)["reasons"][slug][f"todo_{language()}"] if slug else None


def text(version: int) -> dict[str, Any]:
    """The rule as people read it: ``{title, sentences: […]}`` in the reader's language."""
    words = rule(version)
    sentences = [sentence[language()] for sentence in words["rule"]]
    return {"title": words[f"title_{language()}"], "sentences": sentences}
