"""Compile the catalogues that changed: ``python -m ckanext.govshare.i18n.compile``."""

from __future__ import annotations

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_all(folder: Path | None = None) -> list[Path]:
    """Write a ``.mo`` beside every ``.po`` below a folder.

    :param folder: this package by default; `setup.py` names the one it builds
    :returns: the files that were written
    """
    written = []
    for source in sorted((folder or Path(__file__).parent).glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as text:
            catalogue = read_po(text, locale=source.parents[1].name)
        with target.open("wb") as binary:
            write_mo(binary, catalogue)
        written.append(target)
    return written


if __name__ == "__main__":
    compile_all()
