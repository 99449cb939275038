"""What a stored file holds: rows and columns, whether it parses, how much of it is blank, is it a table at all.

One pass over the file in bounded memory; nothing here raises. What is not known stays unknown (None): files of other
kinds, files beyond the limits, and whatever breaks a parser in a way that does not prove the file broken.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from xml.etree.ElementTree import ParseError
from xml.parsers import expat
from zipfile import BadZipFile

import ijson

from ckanext.govshare.catalogue.measure_base import BrokenError, Measured
from ckanext.govshare.catalogue.measure_tables import read_csv, read_xls, read_xlsx
from ckanext.govshare.catalogue.measure_texts import read_json, read_xml

__all__ = ["VERSION", "Measured", "check"]

log = logging.getLogger(__name__)
VERSION = 1  # of this check: files that an older one looked at are looked at again
# What proves that a file is no such table, or a broken one.
BROKEN = (
    BadZipFile,
    EOFError,
    KeyError,  # a part that a workbook has
    ParseError,
    UnicodeDecodeError,
    expat.ExpatError,
    ijson.JSONError,
    zlib.error,
)
READERS: dict[str, Callable[[Path], Measured]] = {
    ".csv": read_csv,
    ".tsv": partial(read_csv, delimiter="\t"),
    ".xlsx": read_xlsx,
    ".xls": read_xls,
    **dict.fromkeys((".json", ".geojson"), read_json),
    **dict.fromkeys((".xml", ".rdf", ".kml", ".gml"), read_xml),
}


def check(path: Path, filename: str) -> Measured:
    """Look at a CSV, TSV, XLSX, XLS, JSON or XML file.

    :param filename: its suffix says the kind
    :returns: what is known; nothing of a file of another kind
    """
    look = READERS.get(Path(filename).suffix.lower())
    if look is None:
        return Measured()
    try:
        return look(path)
    except (BrokenError, *BROKEN) as error:
        log.info("does not parse: %s (%s)", filename, type(error).__name__)
        return Measured(parses=False)
    except Exception as error:  # noqa: BLE001 - a foreign file may break its parser in any way; it is stored all the same
        log.info("not measured: %s (%s)", filename, type(error).__name__)
        return Measured()
