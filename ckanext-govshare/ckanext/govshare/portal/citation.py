"""How to cite an entry: a line after GB/T 7714-2015 (电子资源, 数据集 [DS/OL]), BibTeX and RIS. Pure."""

from __future__ import annotations

import re
from datetime import date

SPACES = re.compile(r"\s+")
OF_BIBTEX = re.compile(r"([\\{}%&$#_~^])")


def text(provider: str, title: str, updated: str, address: str, today: date) -> str:
    """One line: ``提供方. 题名[DS/OL]. (更新日期)[引用日期]. 网址.``

    :param updated: the day of the data, ISO; "" where nobody knows it
    """
    day = f"({updated})" if updated else ""
    return f"{_plain(provider)}. {_plain(title)}[DS/OL]. {day}[{today.isoformat()}]. {address}."


def bibtex(key: str, provider: str, title: str, updated: str, address: str) -> str:
    """An entry of BibTeX; what BibTeX reads as signs is written out."""
    fields = {
        "author": f"{{{_escaped(provider)}}}",
        "title": f"{{{_escaped(title)}}}",
        "year": updated[:4],
        "howpublished": f"\\url{{{address}}}",
        "note": updated,
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
    return f"@misc{{{key},\n{lines}\n}}"


def ris(key: str, provider: str, title: str, updated: str, address: str) -> str:
    """An entry of RIS (type DATA), one field a line."""
    fields = [
        ("TY", "DATA"),
        ("ID", key),
        ("AU", _plain(provider)),
        ("TI", _plain(title)),
        ("PY", updated[:4]),
        ("DA", updated.replace("-", "/")),
        ("UR", address),
        ("ER", ""),
    ]
    return "\n".join(f"{name}  - {value}" for name, value in fields if value or name == "ER")


def _plain(value: str) -> str:
    return SPACES.sub(" ", value).strip()


def _escaped(value: str) -> str:
    named = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return OF_BIBTEX.sub(lambda found: named.get(found[1], "\\" + found[1]), _plain(value))
