"""An entry that nobody has, to show in the template how the form is filled in; the rules have nothing against it."""

from __future__ import annotations

from typing import Any

from ckanext.govshare.catalogue.workbook import Book
from ckanext.govshare.kernel import rules
from ckanext.govshare.kernel.codelists import CodeTable
from ckanext.govshare.kernel.forms import Field
from ckanext.govshare.kernel.grid_form import EXAMPLE

ITEMS = 2


def example_of(book: Book) -> dict[str, Any]:
    """Content of an example, made from the form alone.

    :returns: what must be filled in, every choice, and two items where the form has a table of items
    """
    form, content = book.form, {}
    table = next((item for item in form.fields if item.kind == "items"), None)
    wished = {**table.when, **table.required_when} if table is not None else {}
    for field in form.fields:
        if field.name == form.code.field or not form.applies(field, content):
            continue
        if field.kind == "choice":
            codes = wished.get(field.name) or _codes(book, field, str(content.get(field.cascade_of) or ""))
            content[field.name] = codes[0] if codes else ""
        elif field.kind == "date":
            content[field.name] = book.day
        elif field.kind == "number":
            content[field.name] = "0"
        elif field.name == "title":
            content[field.name] = f"{EXAMPLE}{form.zh}名称"
        elif field.required and field.kind in ("text", "textarea"):
            content[field.name] = f"（{field.column or field.zh}）"
    if table is not None:
        content[form.items_name] = [_item(book, number) for number in range(1, ITEMS + 1)]
    return _fitting(book, content)


def _item(book: Book, number: int) -> dict[str, str]:
    found = {}
    for field in book.form.items:
        if field.kind == "choice" and field.required:
            found[field.name] = next(iter(_codes(book, field, "")), "")
        elif field.name == "length":
            found[field.name] = "50"
        elif field.required:
            found[field.name] = f"{field.zh}{number}"
    return found


def _codes(book: Book, field: Field, parent: str) -> list[str]:
    """The codes that a choice may have, those first that ask for no organisation and have children."""
    table = book.codes.get(field.codelist)
    if table is None:
        return []
    below = [other for other in book.form.fields if other.cascade_of == field.name]
    tables: list[CodeTable] = [book.codes[other.codelist] for other in below if other.codelist in book.codes]

    def weight(code: str) -> tuple[int, bool]:
        asked = sum(
            other.kind == "organization" and code in other.when.get(field.name, ())
            for other in book.form.fields
        )
        return asked, not all(list_below.children(code) for list_below in tables)

    codes = table.children(parent) if field.cascade_of else table.codes
    return sorted((code.code for code in codes), key=weight)


def _fitting(book: Book, content: dict[str, Any]) -> dict[str, Any]:
    """The example with other choices where the rules refuse one."""

    def refused(tried: dict[str, Any]) -> set[str]:
        return {finding.field for finding in rules.check(book.form.type, tried, rules.NATIONAL, book.codes)}

    for field in book.form.of_kind("choice"):
        table = book.codes.get(field.codelist)
        if table is None or field.name not in content or field.name not in refused(content):
            continue
        tries = ({**content, field.name: code.code} for code in table.codes)
        content = next((tried for tried in tries if field.name not in refused(tried)), content)
    return content
