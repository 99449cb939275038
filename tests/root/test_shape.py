"""The shape of the code: what every action, setting and plugin of the project has."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import ckan.plugins as p
import pytest
from ckan.authz import _AuthFunctions

from ckanext.govshare import config

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "ckanext-govshare" / "ckanext" / "govshare"
CODE = [path for folder in (PACKAGE, ROOT / "harvesters", ROOT / "schemas") for path in folder.rglob("*.py")]
# `govshare_may_take` answers what the caller may do and checks `package_show`; `govshare_entry_show` is package_show.
OWN_CHECK = {"govshare_may_take", "govshare_entry_show"}


def our_actions() -> dict[str, object]:
    """Every action of the loaded plugins whose name is ours."""
    found = {}
    for plugin in p.PluginImplementations(p.IActions):
        found.update(
            {name: action for name, action in plugin.get_actions().items() if name.startswith("govshare_")}
        )
    return found


def test_every_action_has_a_docstring_with_what_it_returns(loaded):
    silent = [name for name, action in our_actions().items() if not (inspect.getdoc(action) or "").strip()]
    assert silent == []


def test_every_action_has_an_auth_function_of_its_name(loaded):
    missing = [name for name in our_actions() if name not in OWN_CHECK and _AuthFunctions.get(name) is None]
    assert missing == []


def test_every_setting_that_code_reads_is_declared(loaded):
    text = (PACKAGE / "config_declaration.yaml").read_text()
    declared = set(re.findall(r"key: (ckanext\.govshare\.[\w.<>]+)", text))
    read = {f"ckanext.govshare.site.{key}" for key in config.SITE_KEYS}
    for path in CODE:
        read.update(
            f"ckanext.govshare.{key}"
            for key in re.findall(
                r"(?<!tk\.)config\.get\(\"((?:site|files|exchange|demo)\.[a-z_.]+)\"\)", path.read_text()
            )
        )
    assert {key for key in read if key not in declared} == set()


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_can_be_read_in_one_go(path):
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.glob("*/plugin.py")) + [PACKAGE / "plugin.py"], ids=lambda path: path.parent.name
)
def test_a_plugin_is_a_table_of_contents(path):
    assert len(path.read_text().splitlines()) <= 80


def test_no_unfinished_marks():
    marks = [
        f"{path.name}: {line.strip()}"
        for path in CODE
        for line in path.read_text().splitlines()
        if re.search(r"\b(TODO|FIXME|XXX)\b|raise NotImplementedError", line)
    ]
    assert marks == []
