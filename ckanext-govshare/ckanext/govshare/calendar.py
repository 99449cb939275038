"""The working days of this site: what is shipped, the deployment's own folder, and what the office uploaded.

Of two that speak of a year the later in this order wins. Every process reads the table anew in every session of the
database, which is one small statement a page or a job: a year that was uploaded holds everywhere at once.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.govshare import config, documents, schemas
from ckanext.govshare.kernel import clock, workdays
from ckanext.govshare.kernel.workdays import Calendar, Year

FIRST_YEAR = 2000
IN_SESSION = "govshare_workdays"


class UploadedYear(tk.BaseModel):
    """A year that the office uploaded (migration 015)."""

    __tablename__ = "govshare_workdays"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    uploaded: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), default=clock.now)
    uploaded_by: Mapped[str]


Version = tuple[str, tuple[tuple[int, str], ...]]
_built: dict[Version, Calendar] = {}


def base() -> Calendar:
    """What is shipped, with the deployment's own years.

    :raises ValueError: a file of the deployment is no arrangement of a year: it is named
    """
    return schemas.load_workdays(_folder())


def calendar() -> Calendar:
    """The calendar that holds now."""
    if model.meta.engine is None:
        return base()
    kept = model.Session.info.get(IN_SESSION)
    if kept is None:
        kept = model.Session.info[IN_SESSION] = _calendar()
    return kept


def _calendar() -> Calendar:
    """The calendar of the table as it is; built anew only when something was uploaded."""
    with model.Session.no_autoflush:
        digest = sa.func.md5(sa.cast(UploadedYear.content, sa.Text))
        rows = model.Session.execute(sa.select(UploadedYear.year, digest).order_by(UploadedYear.year))
        version = (_folder(), tuple((year, content) for year, content in rows))
        known = _built.get(version)
        if known is None:
            uploaded = model.Session.scalars(sa.select(UploadedYear)) if version[1] else ()
            years = {row.year: schemas.parse_year(row.content) for row in uploaded}
            known = Calendar({**base().years, **years})
            _built.clear()
            _built[version] = known
        return known


def _folder() -> str:
    return str(config.get("schemas.path") or "")


def read(content: bytes | str) -> tuple[dict[str, Any], Year]:
    """The arrangement of one year out of a file.

    :param content: YAML of `schemas/workdays/<year>.yaml`
    :returns: the document as it is kept, and what it says
    :raises documents.UnreadableError: it is no YAML
    :raises ValidationError: ``{file: [sentence, …]}`` with the lines
    """
    document = documents.read(content)
    found = documents.faults("workdays", document.value)
    if found:
        sentences = [
            tk._("Line {line}: {what}").format(line=document.line(fault.path), what=fault.words)
            for fault in found
        ]
        raise tk.ValidationError({"file": sentences})
    number = int(document.value["name"])
    if not FIRST_YEAR <= number <= clock.today().year + 1:
        raise tk.ValidationError({"file": [tk._("There is no notice for {year} yet").format(year=number)]})
    try:
        return document.value, schemas.parse_year(document.value)
    except workdays.YearError as error:
        raise tk.ValidationError({"file": [_words(error)]}) from None
    except ValueError:
        raise tk.ValidationError({"file": [tk._("A date is none of the calendar")]}) from None


def _words(error: workdays.YearError) -> str:
    sentence = {
        "ends_early": tk._("{holiday} ends on {day}, before it begins"),
        "outside": tk._("{holiday}: {day} is no day of this year"),
        "twice": tk._("{holiday}: {day} is there twice"),
        "worked_anyway": tk._("{holiday}: {day} is no day of a weekend, so it is worked anyway"),
    }[error.slug]
    return sentence.format(holiday=error.holiday, day=error.day.isoformat())


def store(content: dict[str, Any], year: Year, user: str) -> bool:
    """Keep a year; the caller commits.

    :returns: whether it replaces one that was uploaded before
    """
    kept = model.Session.get(UploadedYear, year.year, with_for_update=True)
    if kept is None:
        model.Session.add(UploadedYear(year=year.year, content=content, uploaded_by=user))
    else:
        kept.content, kept.uploaded, kept.uploaded_by = content, clock.now(), user
    model.Session.flush()
    model.Session.info.pop(IN_SESSION, None)
    return kept is not None


def years() -> list[dict[str, Any]]:
    """Every known year, the latest first.

    :returns: ``[{year, source: shipped|deployment|uploaded, uploaded, uploaded_by, notices: [{title, number, date}],
        holidays: [{zh, en, first, last, days, worked: [ISO day]}]}]``
    """
    uploaded = {row.year: row for row in model.Session.scalars(sa.select(UploadedYear))}
    return [
        {
            "year": number,
            **_source(number, uploaded.get(number)),
            "notices": [
                {"title": notice.title, "number": notice.number, "date": notice.date.isoformat()}
                for notice in year.notices
            ],
            "holidays": [
                {
                    "zh": holiday.zh,
                    "en": holiday.en,
                    "first": holiday.first.isoformat(),
                    "last": holiday.last.isoformat(),
                    "days": (holiday.last - holiday.first).days + 1,
                    "worked": [day.isoformat() for day in holiday.worked],
                }
                for holiday in year.holidays
            ],
        }
        for number, year in sorted(calendar().years.items(), reverse=True)
    ]


def _source(number: int, row: UploadedYear | None) -> dict[str, Any]:
    if row is not None:
        when = row.uploaded.astimezone(clock.ZONE).isoformat(timespec="seconds")
        return {"source": "uploaded", "uploaded": when, "uploaded_by": row.uploaded_by}
    own = _folder() and (Path(_folder()) / "workdays" / f"{number}.yaml").is_file()
    return {"source": "deployment" if own else "shipped", "uploaded": None, "uploaded_by": None}


def provisional_from(day: date) -> date:
    """The first day, not before the one given, that a notice to come may still change."""
    table = calendar()
    while table.settled(day):
        day += workdays.DAY
    return day


workdays.provide(calendar)
