"""Changes of entries: a published entry stays as it is until somebody else has approved the change (DESIGN §4).

A change is content on its way: written, signed off by the department, checked by the office, published. Drafts may
have gaps; what is missing is shown. Who may do what is in `reviewers`, the moves are `kernel.cases.CHANGE`.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import cases, roles
from ckanext.govshare.catalogue import (
    codelists,
    codes,
    content,
    facts,
    forms,
    opening,
    reclassify,
    reviewers,
    service,
)
from ckanext.govshare.catalogue.model import Change
from ckanext.govshare.kernel import clock, diff, rules
from ckanext.govshare.kernel.cases import CHANGE, Act, ChangeState
from ckanext.govshare.kernel.states import CatalogueState

PUBLISH, WITHDRAW = "publish", "withdraw"
PURPOSES = (PUBLISH, WITHDRAW)


def start(
    organization: roles.Organization,
    package_type: str,
    package: model.Package | None,
    data: dict[str, Any],
    actor: str,
    *,
    purpose: str = PUBLISH,
    origin: dict[str, Any] | None = None,
) -> tuple[Change, cases.Case]:
    """Begin a change as a draft.

    :param package: the published entry that is to change, or None for a new one
    :param data: clean content; what it does not name stays as published
    """
    base = content.of_package(package) if package is not None else None
    whole = {**(base or {}), **data}
    case = cases.start(
        CHANGE,
        organization_id=organization.id,
        region=organization.region,
        title=str(whole.get("title") or ""),
        actor=actor,
    )
    change = Change(
        id=case.id,
        package_type=package_type,
        package_id=package.id if package is not None else None,
        purpose=purpose,
        data=whole,
        base=base,
        origin=origin,
        authors=[actor],
        updated_by=actor,
    )
    model.Session.add(change)
    model.Session.flush()
    return change, case


def write(change: Change, case: cases.Case, data: dict[str, Any], actor: str) -> None:
    """Take content into a draft; whoever writes becomes one of its authors."""
    whole = {**change.data, **data}
    if whole == change.data:
        return
    change.data = whole
    change.revision += 1
    change.updated, change.updated_by = clock.now(), actor
    if actor not in change.authors:
        change.authors = [*change.authors, actor]
    case.title = str(whole.get("title") or "")
    model.Session.flush()


def whole(package: model.Package | None, data: dict[str, Any]) -> dict[str, Any]:
    """Content from a source that gives all of it: what it leaves out is empty, but for the code."""
    if package is None:
        return data
    code = forms.form(package.type).code.field
    left_out = {name: "" for name in content.of_package(package) if name not in data and name != code}
    return {**left_out, **data, code: package.extras.get(code, "")}


def rewrite(
    change: Change, case: cases.Case, data: dict[str, Any], actor: str, origin: dict[str, Any]
) -> None:
    """Replace the content of an open change by what its author says now; what other people wrote into it stays.

    Reviewers looked at something else: a change under review goes back to its beginning.
    """
    kept = {*edited(change), forms.form(change.package_type).code.field}
    given = (change.origin or {}).get("given") or {}
    new = {**{name: "" for name in given if name not in data}, **data}
    new = {name: value for name, value in new.items() if name not in kept}
    change.origin = {**origin, "given": data}
    if all(diff.same(change.data.get(name), value) for name, value in new.items()):
        return
    if case.state not in reviewers.WRITABLE:
        cases.act(case, Act.RETURN, actor, note="source_changed")
    write(change, case, new, actor)


def edited(change: Change) -> list[str]:
    """The fields of a proposed change in which people corrected what its source says."""
    given = (change.origin or {}).get("given")
    if given is None:
        return []
    code = forms.form(change.package_type).code.field
    return diff.changed(given, change.data, sorted({*given, *change.data} - {code}))


def package_of(change: Change) -> model.Package | None:
    """The published entry of a change, if it has one."""
    return model.Package.get(change.package_id) if change.package_id else None


def entry_of(change: Change, case: cases.Case) -> dict[str, Any]:
    """The content as rules see it."""
    package = package_of(change)
    profile = package.extras.get("profile") if package is not None else (change.origin or {}).get("profile")
    entry = {
        **change.data,
        "type": change.package_type,
        "owner_org": case.organization_id,
        "profile": profile or rules.NATIONAL,
    }
    if package is not None and reclassify.new_prefix(package.type, entry, dict(package.extras)):
        entry[forms.form(package.type).code.field] = ""  # allotted in the new class when the change is published
    return entry


def findings(change: Change, case: cases.Case, *, consents: bool = True) -> list[rules.Finding]:
    """What the rules say of the content as it stands.

    :param consents: whether the office looks at it: only then may sharing or opening become stricter (V18)
    """
    if change.purpose == WITHDRAW:
        return []
    entry = entry_of(change, case)
    known = facts.gather([entry], [change.package_id], office_consents=consents)[0]
    return rules.check(change.package_type, entry, entry["profile"], facts=known)


def as_messages(found: list[rules.Finding]) -> dict[str, list[str]]:
    """Refusals by field, in the reader's language."""
    chinese = codelists.language() == "zh"
    messages: dict[str, list[str]] = {}
    for finding in found:
        if finding.severity is rules.Severity.REFUSE:
            messages.setdefault(finding.field, []).append(
                finding.message_zh if chinese else finding.message_en
            )
    return messages


def moved(change: Change) -> bool:
    """Whether the published version is another than the one that the change began from."""
    package = package_of(change)
    if package is None or change.base is None:
        return False
    names = content.fields(change.package_type)
    return bool(diff.changed(change.base, content.of_package(package), names))


def merges(change: Change) -> list[diff.Merge]:
    """What the published version changed meanwhile, beside what this change wants."""
    package = package_of(change)
    if package is None or change.base is None:
        return []
    now = content.of_package(package)
    return diff.three_way(change.base, change.data, now, content.fields(change.package_type))


def merge(change: Change, case: cases.Case, choices: dict[str, str], actor: str) -> None:
    """Put a change on top of the version that is published by now.

    :param choices: ``mine`` or ``theirs`` for every field that both changed
    :raises ValidationError: a conflict without a choice
    """
    open_ones = {
        found.field: [tk._("Choose which of the two versions holds")]
        for found in merges(change)
        if found.conflict and choices.get(found.field) not in ("mine", "theirs")
    }
    if open_ones:
        raise tk.ValidationError(open_ones)
    taken = {
        found.field: found.theirs
        for found in merges(change)
        if not found.conflict or choices[found.field] == "theirs"
    }
    package = package_of(change)
    if package is not None:
        change.base = content.of_package(package)
    write(change, case, {name: _empty(value) for name, value in taken.items()}, actor)


def _empty(value: Any) -> Any:
    return "" if value is None else value


def submit(change: Change, case: cases.Case, actor: str, opinion: str) -> None:
    """Hand a complete draft in: it gets its code, and goes to the department's reviewer or straight to the office.

    :raises ValidationError: something is missing or wrong, by field
    """
    if change.purpose == PUBLISH:
        number(change, case)
    refuse_unready(change, case)
    if actor not in change.authors:
        change.authors = [*change.authors, actor]
    if reviewers.somebody_else_reviews(case.organization_id, change.authors):
        cases.act(case, Act.SUBMIT, actor, opinion=opinion)
    else:  # the office signs for a department of one person, and it is recorded
        cases.act(
            case, Act.SUBMIT, actor, opinion=opinion, end=ChangeState.OFFICE_REVIEW.value, note="one_person"
        )


def number(change: Change, case: cases.Case) -> None:
    """Give a new entry its code when it is first handed in; the class may still change until then.

    A date of publication that nobody set is the day on which it is handed in.
    """
    form = forms.form(change.package_type)
    code = form.code
    if change.package_id:
        return
    if "pub_date" in form and not change.data.get("pub_date"):
        change.data = {**change.data, "pub_date": clock.today().isoformat()}
    prefix = code.prefix_of(change.data, case.region)
    held = str(change.data.get(code.field) or "")
    if prefix and held.rpartition("/")[0] != prefix:
        change.data = {**change.data, code.field: codes.allot(prefix)[0]}


def refuse_unready(change: Change, case: cases.Case, *, consents: bool = True) -> None:
    """Stop what is not fit to go on.

    :raises ValidationError: by field, in the reader's language
    """
    refused = as_messages(findings(change, case, consents=consents))
    if refused:
        raise tk.ValidationError(refused)
    if moved(change):
        message = tk._("The published version changed meanwhile: the department has to merge the two first")
        raise tk.ValidationError({"base": [message]})


def approve(change: Change, case: cases.Case, actor: str, opinion: str) -> None:
    """Sign off for the department, or publish for the office; the caller commits.

    :raises ValidationError: a rule, the opening gate or a moved base stands against it
    """
    by_department = case.state == ChangeState.DEPT_REVIEW.value
    alone = by_department and _department_publishes(change, case)
    refuse_unready(change, case, consents=not alone)
    gate = opening.refusals(case.organization_id, {**entry_of(change, case), "resources": _new_files(change)})
    if gate:
        raise tk.ValidationError({"resources": gate})
    if by_department and not alone:
        cases.act(case, Act.APPROVE, actor, opinion=opinion)
        return
    if change.purpose == PUBLISH and not by_department:
        opening.confirm_change({"user": actor}, case.organization_id, entry_of(change, case), actor)
    _publish(change, case, actor)
    note = "department_publishes" if alone else ""
    cases.act(case, Act.APPROVE, actor, opinion=opinion, end=ChangeState.APPROVED.value, note=note)


def _new_files(change: Change) -> list[dict[str, Any]]:
    """The files that the change brings. Those that are published already stay as the gate left them."""

    def identity(file: dict[str, Any]) -> tuple[Any, ...]:
        return file.get("hash"), file.get("url"), file.get("audience")

    known = {identity(file) for file in (change.base or {}).get("resources") or []}
    return [file for file in change.data.get("resources") or [] if identity(file) not in known]


def _department_publishes(change: Change, case: cases.Case) -> bool:
    """Whether the department's sign-off is enough: the office left it the review, and nothing becomes stricter."""
    organization = roles.organization(case.organization_id)
    if organization is None or organization.review != "none" or change.purpose == WITHDRAW:
        return False
    stricter = findings(change, case, consents=False)
    return not any(finding.number == "V18" for finding in stricter)


def _publish(change: Change, case: cases.Case, actor: str) -> None:
    """Write the content through core, inside the caller's transaction (T18: both flags, one savepoint)."""
    package = package_of(change)
    if change.purpose == WITHDRAW:
        service.set_state({"user": actor}, change.package_id, CatalogueState.WITHDRAWN, change.data["reason"])
        return
    origin = change.origin or {}
    context = {
        "user": actor,
        "ignore_auth": True,
        "defer_commit": True,
        "return_id_only": True,
        "use_cache": False,
        "govshare_change": change.id,
        "govshare_engine": bool(origin),
        "govshare_run": origin.get("run"),
    }
    whole = content.to_package(change.package_type, change.data, case.organization_id, package)
    whole |= origin.get("fields") or {}
    with model.Session.begin_nested():
        done = tk.get_action("package_update" if package is not None else "package_create")(context, whole)
    change.package_id = done
    if origin:
        tk.get_action("govshare_harvest_published")(
            {"ignore_auth": True, "user": actor},
            {"package_id": done, "origin": origin, "edited": edited(change)},
        )


def find(change_id: Any, *, lock: bool = False) -> tuple[Change, cases.Case]:
    """A change with its case.

    :raises ObjectNotFound: there is none
    """
    missing = tk.ObjectNotFound(tk._("There is no such change"))
    if not isinstance(change_id, str) or "\x00" in change_id:
        raise missing
    case = cases.lock(change_id) if lock else model.Session.get(cases.Case, change_id)
    change = model.Session.get(Change, change_id, populate_existing=lock) if case is not None else None
    if case is None or change is None:
        raise missing
    return change, case


def query(filters: list[Any]) -> sa.Select:
    """Changes with their cases, newest first."""
    return (
        sa.select(Change, cases.Case)
        .join(cases.Case, cases.Case.id == Change.id)
        .where(*filters)
        .order_by(cases.Case.since.desc(), Change.id)
    )
