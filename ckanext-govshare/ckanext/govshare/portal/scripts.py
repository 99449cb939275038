"""Words of core's scripts in the reader's language.

Core asks for them at ``/api/i18n/<lang of the page>`` with only the first hyphen replaced, so that ``zh-Hans-CN``
becomes ``zh_Hans-CN``, which core's own view refuses; and core's files are empty until an operator builds them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from babel.messages.pofile import read_po
from ckan.lib.i18n import get_ckan_i18n_dir
from flask_babel import force_locale, get_domain

LANGUAGES = {"zh_Hans-CN": "zh_Hans_CN"}
SOURCE = "zh_Hans_CN"  # any catalogue of core tells which strings its scripts use
PLURAL_FORMS = "nplurals=1; plural=0;"


@cache
def used_by_core() -> tuple[str | tuple[str, str], ...]:
    """The msgids that core's scripts use."""
    with open(f"{get_ckan_i18n_dir()}/{SOURCE}/LC_MESSAGES/ckan.po", "rb") as source:
        catalogue = read_po(source, locale=SOURCE)
    return tuple(
        message.id
        for message in catalogue
        if message.id and any(place.endswith(".js") for place, _line in message.locations)
    )


def words(language: str) -> dict[str, Any]:
    """Translations in the form of the library Jed.

    :param language: one of ``LANGUAGES``
    """
    found: dict[str, Any] = {"": {"domain": "ckan", "lang": language, "plural-forms": PLURAL_FORMS}}
    with force_locale(LANGUAGES[language]):
        texts = get_domain().get_translations()  # raw: the scripts fill in placeholders themselves
        for message in used_by_core():
            if isinstance(message, str):
                found[message] = [None, texts.ugettext(message)]
            else:
                found[message[0]] = [message[1], texts.ungettext(*message, 2)]
    return found
