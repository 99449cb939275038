"""What is said of a file's cells: one sentence in Chinese and English, and how to fix it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ckanext.govshare import roles
from ckanext.govshare.catalogue import codelists
from ckanext.govshare.kernel import grid_form, grids
from ckanext.govshare.kernel.findings import Facts, Finding, Given, Severity
from ckanext.govshare.kernel.forms import Field, Form, empty
from ckanext.govshare.kernel.grid_entries import Draft, Place, SheetFinding
from ckanext.govshare.kernel.grid_form import PROVIDER_CODE_TITLE, Column, Header, Titles
from ckanext.govshare.kernel.grid_places import Locator
from ckanext.govshare.kernel.grid_values import WrongError, label, loose
from ckanext.govshare.kernel.text import blank

_LISTED = 12


def unreadable(refused: grids.UnreadableError) -> SheetFinding:
    """The file as a whole is not read."""
    return SheetFinding(Place("", 0), "", "", refused.slug, refused.zh, refused.en)


def no_header(form: Form) -> SheetFinding:
    """No sheet has the columns of the form."""
    column = form.field("title").column
    return SheetFinding(
        Place("", 0),
        "",
        "",
        "no_header",
        f"没有找到“{form.zh}”填报表的表头：应有一行标题，至少包含“{column}”和另外两列。请使用系统下载的模板。",
        f'No sheet has the header of the form "{form.en}", a row with "{column}" and two titles more: '
        "use the template.",
    )


def no_rows(form: Form) -> SheetFinding:
    """There is a header and nothing below it but the example."""
    return SheetFinding(
        Place("", 0),
        "",
        "",
        "no_rows",
        "表头之下没有数据（示例行不导入），请填写后再上传。",
        "There is nothing below the header (the example is not imported).",
    )


def of_header(header: Header, titles: Titles, form: Form, uscc: str) -> Iterator[SheetFinding]:
    """Columns that nobody knows or that are missing, and an outdated or foreign template."""
    for at, title in header.unknown.items():
        yield SheetFinding(
            Place(header.sheet, header.row, at + 1),
            title[:100],
            title[:100],
            "unknown_column",
            f"“{title[:60]}”不是模板中的列，该列内容不导入；如为笔误，请改为模板中的列名。",
            f'"{title[:60]}" is no column of the template: it is not imported.',
            Severity.WARN,
        )
    present = set(header.columns.values())
    for column in titles.columns.values():
        if column.mandatory and column.key not in present and column.key != "owner_org":
            yield SheetFinding(
                Place(header.sheet, header.row),
                column.title,
                "",
                "missing_column",
                f"缺少必填列“{column.title}”，请按模板补上该列。",
                f'The mandatory column "{column.title}" is missing: add it.',
                field=column.key,
                missing=True,
            )
    stamp, row = header.stamp
    if stamp and grid_form.outdated(form, stamp):
        yield SheetFinding(
            Place(header.sheet, row, 1),
            "",
            stamp[:200],
            "template_outdated",
            "所用模板不是当前版本，新增或改名的列可能没有填到，建议下载新模板。",
            "The file was made from another version of the template: columns may have changed.",
            Severity.WARN,
        )
    if stamp and uscc and loose(uscc) not in loose(stamp) and PROVIDER_CODE_TITLE in stamp:
        yield SheetFinding(
            Place(header.sheet, row, 1),
            "",
            stamp[:200],
            "other_template",
            "该模板是为其他单位生成的，请使用本单位的模板。",
            "The template was made for another department: use your own.",
        )


def wrong_value(wrong: WrongError, column: Column, place: Place, text: str) -> SheetFinding:
    """A cell that its column cannot hold."""
    return SheetFinding(
        place, column.title, text[:200], wrong.slug, wrong.zh, wrong.en, field=column.key, **fix(column.field)
    )


def other_provider(place: Place, named: str, organization: roles.Organization) -> SheetFinding:
    """The row names another department than the one that the file is handed in for."""
    return SheetFinding(
        place,
        "信息资源提供方",
        named[:200],
        "other_provider",
        f"提供方“{named[:60]}”不是“{organization.title}”。一个文件只导入一个单位的条目，请改正或移到该单位的文件中。",
        f'The provider "{named[:60]}" is not "{organization.title}": a file holds entries of one department.',
        field="owner_org",
    )


def other_code(place: Place, code: str, uscc: str) -> SheetFinding:
    """The provider's code is not that of the department."""
    return SheetFinding(
        place,
        PROVIDER_CODE_TITLE,
        code[:200],
        "provider_code",
        f"{PROVIDER_CODE_TITLE}“{code[:60]}”与本单位登记的统一社会信用代码“{uscc}”不一致，请改正。",
        f'The provider\'s code "{code[:60]}" is not "{uscc}", as the department is registered.',
        field=grid_form.PROVIDER_CODE,
    )


def foreign_code(place: Place, code: str, form: Form) -> SheetFinding:
    """A code that something else bears."""
    return SheetFinding(
        place,
        next((field.column for field in form.fields if field.name == form.code.field), ""),
        code[:200],
        "code_taken",
        f"代码“{code[:60]}”属于其他单位或其他类型的条目；代码由系统生成，新增的条目请留空。",
        f'The code "{code[:60]}" belongs to another entry: leave it empty for a new one.',
        field=form.code.field,
    )


def twice(place: Place, title: str, row: int) -> SheetFinding:
    """The same entry a second time in one file."""
    return SheetFinding(
        place,
        "",
        title[:200],
        "twice",
        f"与第{row}行是同一条目（名称相同），请合并为相邻的行，或区分名称。",
        f"The same entry stands in row {row}: put their rows together, or give it another title.",
        field="title",
    )


def under_review(place: Place, title: str) -> SheetFinding:
    """The entry has a change that reviewers look at now."""
    return SheetFinding(
        place,
        "",
        title[:200],
        "under_review",
        "该条目有变更正在审核，审核结束或撤回之前不能再修改。",
        "A change of this entry is under review: wait for its end, or withdraw it.",
        field="title",
    )


def of_rules(
    found: list[Finding],
    draft: Draft,
    entry: dict[str, Any],
    form: Form,
    titles: Mapping[str, Column],
    facts: Facts | None,
) -> Iterator[SheetFinding]:
    """Findings of the rules at the cells that they are about; nothing more is said of a cell that was not read."""
    if not found:
        return
    of_items = [finding for finding in found if form.items_name and finding.field == form.items_name]
    places = iter(())
    if of_items:
        given = Given.of(form.type, facts=facts)
        places = iter(Locator(form, entry, entry["profile"], given).places(of_items))
    present = set(draft.header.columns.values())
    gaps: set[str] = set()  # of an empty cell one thing is said
    for finding in found:
        if form.items_name and finding.field == form.items_name:
            position, part = next(places)
            made = _of_item(finding, draft, position, part, titles)
        elif finding.field in draft.broken:
            continue
        elif finding.slug == "required" and finding.field in titles and finding.field not in present:
            continue  # the header's finding says so once
        else:
            made = _of_entry(finding, draft, entry, titles)
        if made is None or made.field in gaps:
            continue
        if made.missing and made.field in titles:
            gaps.add(made.field)
        yield made


def _of_entry(
    finding: Finding, draft: Draft, entry: dict[str, Any], titles: Mapping[str, Column]
) -> SheetFinding:
    column = titles.get(finding.field)
    place = draft.place(finding.field if column is not None else "title")
    if finding.field == "owner_org":
        place = Place(draft.row.sheet, draft.header.row)  # about the department
    return SheetFinding(
        place,
        column.title if column else "",
        draft.texts.get(finding.field, "")[:200],
        finding.slug,
        finding.message_zh,
        finding.message_en,
        finding.severity,
        finding.field,
        finding.number,
        missing=_is_gap(entry.get(finding.field)),
        **fix(column.field if column else None),
    )


def _of_item(
    finding: Finding, draft: Draft, position: int, part: str, titles: Mapping[str, Column]
) -> SheetFinding | None:
    column = titles.get(f".{part}")
    if position < 0 or position >= len(draft.items):
        key = next((f".{item}" for item in ("name",) if f".{item}" in titles), "title")
        place, value, gap = draft.place(key), "", True
        column = titles.get(key)
    else:
        item = draft.items[position]
        if part in item.broken:
            return None
        at = next((at + 1 for at, key in draft.header.columns.items() if key == f".{part}"), 0)
        place = item.places.get(part) or Place(item.row.sheet, item.row.row, at)
        value = item.texts.get(part, "")
        gap = not value
    return SheetFinding(
        place,
        column.title if column else "",
        value[:200],
        finding.slug,
        finding.message_zh,
        finding.message_en,
        finding.severity,
        f"{finding.field}.{part}" if part else finding.field,
        finding.number,
        missing=gap,
        **fix(column.field if column else None),
    )


def _is_gap(value: Any) -> bool:
    return empty(value) or blank(value)


def fix(field: Field | None) -> dict[str, str]:
    """How a cell of this field is filled in."""
    if field is None:
        return {}
    table = codelists.lists().get(field.codelist)
    if field.kind == "choice" and table is not None and not field.cascade_of:
        codes = table.codes[:_LISTED]
        more = "…" if len(table.codes) > _LISTED else ""
        return {
            "fix_zh": "从下拉列表选择：" + "、".join(label(code.code, code.zh) for code in codes) + more,
            "fix_en": "Choose one of: " + ", ".join(label(code.code, code.en) for code in codes) + more,
        }
    if field.kind == "date":
        return {"fix_zh": "按“2026-03-31”的格式填写", "fix_en": "Write it as 2026-03-31"}
    return {"fix_zh": field.help_zh, "fix_en": field.help_en}


def of_core(refused: Exception, draft: Draft, form: Form) -> Iterator[SheetFinding]:
    """What was refused while an entry was written, at its cells."""
    titles = {column.key: column for column in grid_form.columns(form)}
    errors = getattr(refused, "error_dict", None) or {"title": [str(refused)]}
    for key, messages in errors.items():
        column = titles.get(key)
        text = "；".join(map(str, messages)) if isinstance(messages, list) else str(messages)
        yield SheetFinding(
            draft.place(key if column is not None else "title"),
            column.title if column else "",
            draft.texts.get(key, "")[:200],
            "not_saved",
            text[:500],
            text[:500],
            field=str(key),
        )
