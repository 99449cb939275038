"""The columns of the item table, for the page and its script."""

from __future__ import annotations

from typing import Any

from ckanext.govshare.desk.form import words
from ckanext.govshare.desk.form_lists import Choice
from ckanext.govshare.kernel import codelists
from ckanext.govshare.kernel.forms import Form


def row_columns(form: Form) -> list[dict[str, Any]]:
    """The columns of the item table for the page.

    :returns: ``[{name, label, help, required, max_length, choices: [Choice], codes, labels: {code: label},
        titles: [what a pasted head may say], words: [[code, zh, en]]}]``
    """
    found = []
    for item in form.items:
        table = codelists.installed()[item.codelist] if item.codelist else None
        codes = table.codes if table else ()
        found.append(
            {
                "name": item.name,
                "label": words(item),
                "help": words(item, "help"),
                "required": item.required,
                "max_length": item.max_length,
                "choices": [Choice(code.code, f"{code.code} {words(code)}") for code in codes],
                "titles": list(dict.fromkeys(filter(None, (item.zh, item.en, item.column, item.name)))),
                "codes": [code.code for code in codes],
                "labels": {code.code: words(code) for code in codes},
                "words": [[code.code, code.zh, code.en] for code in codes],
            }
        )
    return found
