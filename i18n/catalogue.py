"""Where the words are and how they are read: what update, check and compile share.

Interface languages are zh_Hans_CN and en; msgids are English. One catalogue a language holds our own strings
and those of CKAN's core that core leaves untranslated or says badly (marked ``#. ckan core``): ours win.
Whoever writes words may hand in translations as ``<name>.po.part`` beside the catalogue; ``update`` takes them in.
"""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import ckanext.govshare

DOMAIN = "ckanext-govshare"
FOLDER = Path(__file__).parent
PACKAGE = Path(ckanext.govshare.__path__[0])
CHINESE, ENGLISH = "zh_Hans_CN", "en"
LOCALES = (CHINESE, ENGLISH)
CORE = "ckan core"
METHODS = [("**/templates/**.html", "ckan"), ("**.py", "python"), ("**.js", "javascript")]
KEYWORDS = {"_": None, "ungettext": (1, 2), "ngettext": (1, 2), "gettext": None, "N_": None}


def po_path(locale: str) -> Path:
    """The catalogue of a language."""
    return FOLDER / locale / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(path: Path, locale: str) -> Catalog:
    """A catalogue, or an empty one where there is none yet."""
    if not path.exists():
        return Catalog(locale=locale, domain=DOMAIN)
    with path.open("rb") as source:
        return read_po(source, locale=locale, domain=DOMAIN)


def extracted() -> Catalog:
    """Every string of ours that a page, a form or an action shows."""
    found = Catalog(domain=DOMAIN)
    rows = extract_from_dir(PACKAGE, method_map=METHODS, keywords=KEYWORDS, comment_tags=("translators:",))
    for filename, _line, message, comments, context in rows:
        found.add(message, None, [(filename, None)], auto_comments=comments, context=context)
    return found


def messages(catalogue: Catalog) -> dict[str, Message]:
    """The messages of a catalogue by their (singular) msgid, without its header."""
    return {key(message): message for message in catalogue if message.id}


def key(message: Message) -> str:
    """The msgid, of plurals the singular one."""
    return message.id if isinstance(message.id, str) else message.id[0]


def translated(message: Message) -> bool:
    """Whether every form of a message has a translation that no one doubts."""
    forms = message.string if isinstance(message.string, tuple) else (message.string,)
    return not message.fuzzy and bool(forms) and all(forms)


def parts() -> list[Path]:
    """Translations that rooms hand in."""
    return sorted((FOLDER / CHINESE / "LC_MESSAGES").glob("*.po.part"))
