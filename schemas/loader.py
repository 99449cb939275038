"""Reads the YAML of this folder once and hands it to whoever works with it.

A deployment corrects lists without a programmer: files of its own folder replace the shipped ones by their name
(``codes/*.yaml``, ``profiles/*.yaml``, ``workdays/*.yaml``, ``standard_items.yaml``, ``monthly_report.yaml``; setting
``ckanext.govshare.schemas.path``); its ``synonyms.yaml`` adds to the shipped one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import yaml

from ckanext.govshare.kernel import reports
from ckanext.govshare.kernel.codelists import Code, CodeTable
from ckanext.govshare.kernel.finding import Synonyms
from ckanext.govshare.kernel.forms import Form, parse
from ckanext.govshare.kernel.legal import LegalProfile
from ckanext.govshare.kernel.standards import StandardItem
from ckanext.govshare.kernel.workdays import Calendar, Holiday, Notice, Year

T = TypeVar("T")
SHIPPED = files(__package__)


@cache
def load_codelists(folder: str = "") -> Mapping[str, CodeTable]:
    """Every code list by its name, read at the first call.

    :param folder: the deployment's folder, whose ``codes/*.yaml`` replace the shipped ones
    :returns: a read-only mapping, in the order of the names
    :raises ValueError: a file is no code list: it is named
    """
    return _by_name("codes", folder, _table)


@cache
def load_profiles(folder: str = "") -> Mapping[str, LegalProfile]:
    """Every profile of the law by its name.

    :param folder: the deployment's folder, whose ``profiles/*.yaml`` replace the shipped ones
    :raises ValueError: a file is no profile, or names a level that is not in the list: it is named
    """
    levels = load_codelists(folder)["basis_level"]

    def profile(document: dict[str, Any]) -> LegalProfile:
        unknown = [level for level in document["basis_levels"] if level not in levels]
        if unknown:
            raise ValueError(f"basis_levels: {unknown[0]} is not in the code list basis_level")
        title = document["title"]
        return LegalProfile(
            document["name"],
            title["zh"],
            title["en"],
            document["source"],
            document["confirmed"],
            tuple(document["basis_levels"]),
        )

    return _by_name("profiles", folder, profile)


@cache
def load_standard_items(folder: str = "") -> Mapping[str, StandardItem]:
    """The register of standard items by their identifiers, in the order of the file.

    :param folder: the deployment's folder, whose ``standard_items.yaml`` replaces the shipped one
    :raises ValueError: the file is no register: it is named
    """
    own = Path(folder) / "standard_items.yaml" if folder else None
    source = own if own and own.is_file() else SHIPPED / "standard_items.yaml"

    def register(document: dict[str, Any]) -> Mapping[str, StandardItem]:
        items = [StandardItem(**item) for item in document["items"]]
        found = {item.id: item for item in items}
        if len(found) != len(items):
            raise ValueError("an identifier is there twice")
        return MappingProxyType(found)

    return _read(source, register)


@cache
def load_monthly_report(folder: str = "") -> Mapping[str, Any]:
    """The form of the monthly report as a document, that `kernel.reports.parse` can read.

    :param folder: the deployment's folder, whose ``monthly_report.yaml`` replaces the shipped one
    :raises ValueError: the file is no such form: it is named
    """
    own = Path(folder) / "monthly_report.yaml" if folder else None
    source = own if own and own.is_file() else SHIPPED / "monthly_report.yaml"

    def checked(document: dict[str, Any]) -> Mapping[str, Any]:
        reports.parse(document)
        return MappingProxyType(document)

    return _read(source, checked)


@cache
def load_synonyms(folder: str = "") -> Synonyms:
    """Words that mean the same to somebody who searches, and short names of departments.

    :param folder: the deployment's folder, whose ``synonyms.yaml`` is added to the shipped one
    :raises ValueError: a file holds something else: it is named
    """
    shipped = _read(SHIPPED / "synonyms.yaml", dict)
    own = Path(folder) / "synonyms.yaml" if folder else None
    if own is None or not own.is_file():
        return Synonyms.of(shipped)
    return _read(own, lambda document: Synonyms.of(shipped, document))


@cache
def load_workdays(folder: str = "") -> Calendar:
    """The calendar of working days: every year whose notice is there.

    :param folder: the deployment's folder, whose ``workdays/<year>.yaml`` replace the shipped years, or add to them
    :raises ValueError: a file is no arrangement of a year: it is named
    """
    years = _by_name("workdays", folder, parse_year)
    return Calendar({year.year: year for year in years.values()})


@cache
def load_priority_fields() -> Mapping[str, Mapping[str, str]]:
    """Which field of opening each field of the lists of priority fields is: name of the list → its code → open_domain.

    :raises ValueError: the file names a list or a code that is not there
    """

    def mapped(document: dict[str, Any]) -> Mapping[str, Mapping[str, str]]:
        lists = load_codelists()
        for name, pairs in document.items():
            unknown = [code for code in pairs if code not in lists[name]]
            unknown += [code for code in pairs.values() if code not in lists["open_domain"]]
            if unknown:
                raise ValueError(f"{name}: {unknown[0]} is in no list")
        return MappingProxyType({name: MappingProxyType(pairs) for name, pairs in document.items()})

    return _read(SHIPPED / "priority_fields.yaml", mapped)


@cache
def load_forms() -> Mapping[str, Form]:
    """Every package type of this folder that is filled in as a form with steps, by its name.

    :returns: a read-only mapping, in the order of the file names
    :raises ValueError: a form names a step, a field or a kind that is not there
    """
    documents = [yaml.safe_load(item.read_text(encoding="utf-8")) for item in _yaml_of(SHIPPED)]
    forms = [parse(document) for document in documents if "form_steps" in document]
    return MappingProxyType({form.type: form for form in forms})


def _by_name(kind: str, folder: str, build: Callable[[dict[str, Any]], T]) -> Mapping[str, T]:
    sources = {item.name: item for item in _yaml_of(SHIPPED / kind)}
    if folder:
        if not Path(folder).is_dir():
            raise ValueError(f"ckanext.govshare.schemas.path: there is no folder {folder}")
        if (Path(folder) / kind).is_dir():
            sources.update({item.name: item for item in _yaml_of(Path(folder) / kind)})

    def named(item: Any) -> T:
        def checked(document: dict[str, Any]) -> T:
            if item.name != f"{document['name']}.yaml":
                raise ValueError(f"it holds {document['name']}, and is named otherwise")
            return build(document)

        return _read(item, checked)

    return MappingProxyType({name.removesuffix(".yaml"): named(sources[name]) for name in sorted(sources)})


def _yaml_of(folder: Any) -> Iterator[Any]:
    found = [item for item in folder.iterdir() if item.name.endswith(".yaml")]
    return iter(sorted(found, key=lambda item: item.name))


def _read(source: Any, build: Callable[[dict[str, Any]], T]) -> T:
    """Build something out of a YAML file; whatever is wrong with it becomes a ValueError that names the file."""
    try:
        return build(yaml.safe_load(source.read_text(encoding="utf-8")))
    except KeyError as error:
        raise ValueError(f"{source}: {error} is missing") from error
    except (yaml.YAMLError, UnicodeDecodeError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{source}: {error}") from error


def _table(document: dict[str, Any]) -> CodeTable:
    codes = tuple(Code(**code) for code in document["codes"])
    if not all(isinstance(text, str) and text for code in codes for text in (code.code, code.zh, code.en)):
        raise ValueError("every value has code, zh and en, as text (numbers in quotes)")
    return CodeTable(
        name=document["name"],
        version=document["version"],
        source=document["source"],
        zh=document["title"]["zh"],
        en=document["title"]["en"],
        codes=codes,
    )


def parse_year(document: dict[str, Any]) -> Year:
    """The arrangement of a year, out of its document (``workdays.schema.json``).

    :raises ValueError: it contradicts itself; KeyError and TypeError: it is no such document
    """
    notices = [Notice(item["title"], item["number"], _date(item["date"])) for item in document["notices"]]
    holidays = [
        Holiday(
            zh=item["zh"],
            en=item["en"],
            first=_date(item["first"]),
            last=_date(item["last"]),
            worked=tuple(_date(day) for day in item.get("worked", ())),
        )
        for item in document["holidays"]
    ]
    return Year(int(document["name"]), tuple(notices), tuple(holidays))


def _date(text: object) -> date:
    if not isinstance(text, str):
        raise ValueError(f'{text!r} is no date: dates are text in quotes, as in "2026-02-14"')  # noqa: TRY004
    return date.fromisoformat(text)
