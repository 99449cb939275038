"""Values that nobody should send and somebody does, each with its name; and entries made of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ckanext.govshare.kernel import codelists
from ckanext.govshare.kernel.forms import Field, Form


def _deep(levels: int) -> Any:
    found: Any = "x"
    for _level in range(levels):
        found = [found]
    return found


HOSTILE: dict[str, Any] = {
    "nul": "站点\x00名称",
    "lone surrogate": "站点\ud800名称",
    "a million characters": "长" * 1_000_000,
    "a hundred lists deep": _deep(100),
    "dict": {"a": {"b": [1]}},
    "list of everything": ["a", 1, None, True, {}, []],
    "number": 12,
    "negative": -1,
    "float": 1e308,
    "huge integer": 10**300,
    "true": True,
    "none": None,
    "zero date": "0000-00-00",
    "day that is not": "2026-02-30",
    "far year": "99999-01-01",
    "formula": '=HYPERLINK("http://x.example","点此")',
    "plus formula": "+cmd|' /C calc'!A0",
    "html": "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "template": "{{ config }}${7*7}<%= 1 %>",
    "right to left": "\u202e录目开公",
    "zero width": "\u200b\ufeff\u2060",
    "blanks": " \u3000\t\n",
    "newlines": "第一行\r\n第二行",
    "solr": '*:* OR {!join from=a to=b}id:x"\\',
    "sql": "'; DROP TABLE package; --",
    "path": "../../etc/passwd",
    "emoji": "🚌" * 40,
    "combining": "e\u0301" * 200,
    "long word": "码" * 300,
    "code of another list": "999999999",
    "lists of codes": "1,2,3",
}


def _plausible(field: Field) -> st.SearchStrategy[Any]:
    """Values that the form itself would offer."""
    if field.codelist and field.codelist in codelists.installed():
        return st.sampled_from([code.code for code in codelists.installed()[field.codelist].codes])
    if field.kind == "date":
        return st.dates().map(str)
    if field.kind == "number":
        return st.integers(-1, 10**7).map(str)
    if field.kind == "list":
        return st.lists(st.text(max_size=20), max_size=3)
    return st.text(max_size=60)


def _value(field: Field) -> st.SearchStrategy[Any]:
    return st.one_of(_plausible(field), st.sampled_from(sorted(HOSTILE)).map(HOSTILE.get), st.just(""))


def _rows(form: Form) -> st.SearchStrategy[Any]:
    row = st.fixed_dictionaries(
        {"name": st.text(min_size=1, max_size=10)},
        optional={item.name: _value(item) for item in form.items if item.name != "name"},
    )
    return st.one_of(st.lists(row, max_size=4), st.sampled_from(sorted(HOSTILE)).map(HOSTILE.get))


def changes(form: Form) -> st.SearchStrategy[dict[str, Any]]:
    """Up to four fields of a good entry with other values, plausible and hostile ones."""
    strategies = {
        field.name: _rows(form) if field.name == form.items_name else _value(field)
        for field in form.fields
        if field.name not in ("owner_org", form.code.field)
    }
    names = st.lists(st.sampled_from(sorted(strategies)), min_size=0, max_size=4, unique=True)
    return names.flatmap(lambda chosen: st.fixed_dictionaries({name: strategies[name] for name in chosen}))
