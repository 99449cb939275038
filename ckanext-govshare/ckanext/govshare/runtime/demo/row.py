"""What a generator of demo values sees, and what it is."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ckanext.govshare.runtime.demo.vocabulary import District


@dataclass
class Row:
    """What a generator may look at: position, place and the values made so far (by Chinese item name)."""

    index: int
    member: int
    step: int
    district: District
    street: str
    number: int
    values: dict[str, Any] = field(default_factory=dict)


Maker = Callable[[Row], Any]
"""Makes the value of one column for one row."""

Builder = Callable[[str, random.Random, int], Maker]
"""Makes a maker from the argument text, a seeded source of chance, and the number of rows."""
