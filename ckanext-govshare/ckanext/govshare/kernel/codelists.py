"""Code lists as rules see them. The kernel reads no files: whoever has the lists provides them once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Code:
    """One value of a code list; ``parent`` is a value of the list above, where there is one."""

    code: str
    zh: str
    en: str
    parent: str = ""

    def as_dict(self) -> dict[str, str]:
        """JSON values, in the shape of the YAML file."""
        plain = {"code": self.code, "zh": self.zh, "en": self.en}
        return plain | {"parent": self.parent} if self.parent else plain


@dataclass(frozen=True)
class CodeTable:
    """A dated, sourced list of values.

    :param name: name of the list, mostly that of the field that it governs
    :param version: date or edition of the list
    :param source: where the values come from
    :param zh: Chinese title
    :param en: English title
    :param codes: the values in the order in which they are shown
    """

    name: str
    version: str
    source: str
    zh: str
    en: str
    codes: tuple[Code, ...]
    _index: dict[str, Code] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index = {code.code: code for code in self.codes}
        if len(index) != len(self.codes):
            raise ValueError(f"code list {self.name}: a value is there twice")
        object.__setattr__(self, "_index", index)

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and code in self._index

    def get(self, code: object) -> Code | None:
        """The value of that code, or None."""
        return self._index.get(code) if isinstance(code, str) else None

    def children(self, parent: str) -> tuple[Code, ...]:
        """The values below one of the list above."""
        return tuple(code for code in self.codes if code.parent == parent)

    def as_dict(self) -> dict[str, Any]:
        """JSON values, in the shape of the YAML file."""
        return {
            "name": self.name,
            "version": self.version,
            "source": self.source,
            "title": {"zh": self.zh, "en": self.en},
            "codes": [code.as_dict() for code in self.codes],
        }


Codelists = Mapping[str, CodeTable]
_provider: Callable[[], Codelists] | None = None


def provide(provider: Callable[[], Codelists]) -> None:
    """Say where the code lists come from; `ckanext.govshare.schemas` does when it is imported."""
    global _provider  # one deployment has one set of lists
    _provider = provider


def installed() -> Codelists:
    """The code lists of this deployment.

    :raises LookupError: nobody provided any
    """
    if _provider is None:
        raise LookupError("no code lists: import ckanext.govshare.schemas, or pass them")
    return _provider()
