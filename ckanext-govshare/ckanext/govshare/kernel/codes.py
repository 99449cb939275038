"""Codes and their check digits: resources, organisations.

Sources: 编制指南 (发改高技〔2017〕1272号), GB 32100-2015, GB 11714-1997.
"""

from __future__ import annotations

import re
from typing import NamedTuple

CODE_PATTERN = r"^[123]\d{2}\d{3}\d*/\d+$"
"""Shape of an information resource code: 类 1, 项 2, 目 3 digits, 细目 of any length, ``/``, sequence."""

_CODE = re.compile(r"([123])([0-9]{2})([0-9]{3})([0-9]*)/([0-9]+)")
_SYSTEM_CODE = re.compile(r"xt([0-9]{6})/([0-9]+)")
_PREFIX = re.compile(r"[123](?:[0-9]{2}(?:[0-9]{3}[0-9]*)?)?")

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_USCC_BODY = re.compile(rf"[{_USCC_ALPHABET}]{{2}}[0-9]{{6}}[{_USCC_ALPHABET}]{{9}}")
_ORG_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORG_BODY = re.compile(r"[0-9A-Z]{8}")


class CodeClass(NamedTuple):
    """Levels of a classification, each by its whole prefix (``3``, ``307``, ``307001``, ``307001004``)."""

    lei: str
    xiang: str
    mu: str
    ximu: str

    @property
    def prefix(self) -> str:
        """The deepest level that is given."""
        return self.ximu or self.mu or self.xiang or self.lei

    def fields(self) -> dict[str, str]:
        """The levels by the names of the entry fields; levels that are not given stay away."""
        names = ("class_lei", "class_xiang", "class_mu", "class_ximu")
        return {name: value for name, value in zip(names, self, strict=True) if value}


def code_valid(code: object) -> bool:
    """Whether it has the shape of an information resource code such as ``307001004/0007``."""
    return isinstance(code, str) and _CODE.fullmatch(code) is not None


def system_code_valid(code: object) -> bool:
    """Whether it has the shape of a code of an information system: ``xt``, region, ``/``, sequence."""
    return isinstance(code, str) and _SYSTEM_CODE.fullmatch(code) is not None


def code_name(code: str) -> str:
    """The name (URL) that a code gives: ``307001004/0007`` becomes ``307001004-0007``.

    :param code: of an information resource or of an information system
    :raises ValueError: the code has not the shape of one
    """
    if not code_valid(code) and not system_code_valid(code):
        raise ValueError(f"not an information resource code: {code!r}")
    return code.lower().replace("/", "-")


def prefix_class(prefix: str) -> CodeClass:
    """Take a classification prefix such as ``307001004`` apart.

    :raises ValueError: the prefix does not end on a level (1, 3, 6 or more digits)
    """
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"not a classification prefix: {prefix!r}")
    levels = (prefix[:size] if len(prefix) >= size else "" for size in (1, 3, 6))
    return CodeClass(*levels, prefix if len(prefix) > 6 else "")


def code_class(code: str) -> CodeClass:
    """The classification that a resource code stands in: its part before the ``/``.

    :raises ValueError: the code has not the shape of one
    """
    if not code_valid(code):
        raise ValueError(f"not an information resource code: {code!r}")
    return prefix_class(code.partition("/")[0])


def uscc_check_char(first17: str) -> str:
    """The eighteenth character of a 统一社会信用代码 (GB 32100-2015).

    :param first17: the characters before it
    :raises ValueError: not 17 characters of the alphabet (no I, O, S, V, Z; region in digits)
    """
    if not isinstance(first17, str) or not _USCC_BODY.fullmatch(first17):
        raise ValueError("the first 17 characters of a unified social credit code are expected")
    return _USCC_ALPHABET[-_weighted(first17, _USCC_ALPHABET, _USCC_WEIGHTS) % 31]


def uscc_valid(code: object) -> bool:
    """Whether shape and check character of a 统一社会信用代码 are right; upper case, no blanks."""
    if not isinstance(code, str) or len(code) != 18 or not _USCC_BODY.fullmatch(code[:17]):
        return False
    return uscc_check_char(code[:17]) == code[17]


def org_code_check_char(first8: str) -> str:
    """The ninth character of an 组织机构代码 (GB 11714-1997).

    :raises ValueError: not eight digits or capital letters
    """
    if not isinstance(first8, str) or not _ORG_BODY.fullmatch(first8):
        raise ValueError("the first 8 characters of an organisation code are expected")
    return "0123456789X"[-_weighted(first8, _ORG_ALPHABET, _ORG_WEIGHTS) % 11]


def org_code_valid(code: object) -> bool:
    """Whether an 组织机构代码 of nine characters, without hyphen, has the right check character."""
    if not isinstance(code, str) or len(code) != 9 or not _ORG_BODY.fullmatch(code[:8]):
        return False
    return org_code_check_char(code[:8]) == code[8]


def _weighted(text: str, alphabet: str, weights: tuple[int, ...]) -> int:
    return sum(alphabet.index(char) * weight for char, weight in zip(text, weights, strict=True))
