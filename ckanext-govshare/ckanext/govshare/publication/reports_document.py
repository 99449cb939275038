"""The summary of a month as a document that an office sends: heading, period, a table by section, signature."""

from __future__ import annotations

import io
import re
from typing import Any

import ckan.plugins.toolkit as tk
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from ckanext.govshare import config
from ckanext.govshare.kernel import clock
from ckanext.govshare.publication import reports_words
from ckanext.govshare.publication.reasons import language

SONG, HEI = "宋体", "黑体"
FIGURES = "一二三四五六七八九十"
UNWRITABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
)  # XML 1.0 has no such characters
Summary = dict[str, Any]


def docx(summary: Summary, head: list[str], span: str, status: str) -> bytes:
    """The document.

    :param summary: as `reports_summary.of` answers it
    :param head: what the first columns of each table are called: department, remarks
    :param span: from which day to which it tells
    :param status: whether the numbers are final
    """
    document = Document()
    _page(document)
    _line(document, summary["heading"]["title"], HEI, 18, bold=True, centred=True)
    _line(document, f"（{reports_words.month(summary['period'])}）", SONG, 12, centred=True)
    _line(document, tk._("Period: {days}").format(days=span), SONG, 10.5)
    _line(document, _standing(summary), SONG, 10.5)
    _line(document, status, SONG, 10.5)
    number = 0
    for number, section in enumerate(summary["sections"], 1):
        _line(document, numbered(number, section["title"]), HEI, 14)
        _numbers(document, summary, section, head)
    told = [row for row in summary["rows"] if row["texts"]]
    if told:
        number += 1
        _line(document, numbered(number, tk._("What departments report")), HEI, 14)
        _texts(document, summary, told)
    _line(document, numbered(number + 1, tk._("Departments that have not handed in")), HEI, 14)
    missing = "、".join(organization["title"] for organization in summary["missing"])
    _line(document, missing or tk._("No department"), SONG, 10.5)
    _signature(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def numbered(number: int, title: str) -> str:
    """A heading with its number as documents of the reader's language write it."""
    if language() != "zh":
        return f"{number}. {title}"
    figure = FIGURES[number - 1] if number <= len(FIGURES) else f"十{FIGURES[number - 11]}"
    return f"{figure}、{title}"


def _page(document: Any) -> None:
    """A4, lying: the tables are wide."""
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(29.7), Cm(21)
    section.left_margin = section.right_margin = Cm(2.2)
    section.top_margin = section.bottom_margin = Cm(2.2)
    normal = document.styles["Normal"]
    normal.font.size = Pt(10.5)
    _font(normal, SONG)


def _font(owner: Any, name: str) -> None:
    """A font for Latin and for Chinese letters: Word keeps the two apart."""
    owner.font.name = name
    owner.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), name)


def _line(place: Any, text: str, font: str, size: float, *, bold: bool = False, centred: bool = False) -> Any:
    paragraph = place.add_paragraph()
    _run(paragraph, text, font, size, bold=bold)
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    return paragraph


def _run(paragraph: Any, text: str, font: str, size: float, *, bold: bool = False) -> None:
    run = paragraph.add_run(UNWRITABLE.sub("", text))
    run.bold, run.font.size = bold, Pt(size)
    _font(run, font)


def _standing(summary: Summary) -> str:
    counts, asked = summary["counts"], len(summary["rows"])
    handed_in = counts["submitted"] + counts["accepted"] + counts["locked"]
    words = tk._(
        "{asked} departments were asked, {handed_in} have handed in ({late} of them late), {returned} were sent back, "
        "{missing} have not handed in"
    )
    return words.format(
        asked=asked,
        handed_in=handed_in,
        late=sum(row["late"] for row in summary["rows"] if row["values"]),
        returned=counts["returned"],
        missing=counts["open"],
    )


def _numbers(document: Any, summary: Summary, section: dict[str, Any], head: list[str]) -> None:
    """The table of a section: a row a department, sums at the end, its head on every page."""
    fields = section["fields"]
    table = _grid(document, [*head, *(_with_unit(field) for field in fields)])
    for row in summary["rows"]:
        said = [row["values"].get(field["slug"]) for field in fields]
        _cells(table.add_row(), [row["organization"]["title"], row["remarks"], *said])
    sums = [summary["sums"][field["slug"]] for field in fields]
    _cells(table.add_row(), [tk._("Sum"), "", *sums], bold=True)


def _texts(document: Any, summary: Summary, told: list[dict[str, Any]]) -> None:
    table = _grid(document, [tk._("Department"), *(field["title"] for field in summary["text_fields"])])
    for row in told:
        texts = [row["texts"].get(field["slug"], "") for field in summary["text_fields"]]
        _cells(table.add_row(), [row["organization"]["title"], *texts])


def _with_unit(field: dict[str, str]) -> str:
    return f"{field['title']}（{field['unit']}）" if field["unit"] else field["title"]


def _grid(document: Any, head: list[str]) -> Any:
    table = document.add_table(rows=1, cols=len(head))
    table.style = "Table Grid"
    _cells(table.rows[0], head, bold=True)
    properties = table.rows[0]._tr.get_or_add_trPr()
    properties.append(properties.makeelement(qn("w:tblHeader"), {qn("w:val"): "true"}))
    return table


def _cells(row: Any, values: list[Any], *, bold: bool = False) -> None:
    for cell, value in zip(row.cells, values, strict=True):
        text = "—" if value is None else str(value)
        _run(cell.paragraphs[0], text, SONG, 9, bold=bold)
        if isinstance(value, int | float):
            cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _signature(document: Any) -> None:
    """Who made it, who signs it, when."""
    document.add_paragraph()
    words = tk._("Made by: ____________    Checked by: ____________    Signed by: ____________")
    _line(document, words, SONG, 10.5)
    for text in (str(config.get("site.office")), reports_words.day(clock.today())):
        _line(document, text, SONG, 12).alignment = WD_ALIGN_PARAGRAPH.RIGHT
