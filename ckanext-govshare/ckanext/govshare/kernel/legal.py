"""The law in force, as a profile: which levels of a legal basis allow not to share (standards.md §2, §7).

The values are data (schemas/profiles); a deployment chooses and corrects them without a programmer.
"""

from __future__ import annotations

from dataclasses import dataclass

from ckanext.govshare.kernel.provided import Provided


@dataclass(frozen=True)
class LegalProfile:
    """One state of the law.

    :param name: e.g. ``tiaoli_2025``
    :param zh: Chinese title
    :param en: English title
    :param source: where the values come from
    :param confirmed: False while the office has not confirmed the values (待核对)
    :param basis_levels: accepted values of the code list ``basis_level``
    """

    name: str
    zh: str
    en: str
    source: str
    confirmed: bool
    basis_levels: tuple[str, ...]


_profile: Provided[LegalProfile] = Provided("legal profile")
provide = _profile.provide
installed = _profile.installed
