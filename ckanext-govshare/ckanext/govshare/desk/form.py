"""The form of a change as a page: its steps and where they stand, the fields of one step with what was said of them.

Nothing here knows a package type: fields, conditions, lists and texts come from the type's Form.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.govshare.desk import form_lists
from ckanext.govshare.desk.form_defaults import FOLLOWS, conditions, fitting
from ckanext.govshare.desk.form_input import PROVIDER
from ckanext.govshare.desk.form_lists import Choice
from ckanext.govshare.kernel import codelists
from ckanext.govshare.kernel.codelists import Code
from ckanext.govshare.kernel.forms import Conditions, Field, Form, empty

MANY = 4  # so many optional fields at the end of a step are folded away
FEW = 4  # so many choices are shown side by side, more in a list
CHECK = "check"
FILES = "resources"
REFUSE = "refuse"


def chinese() -> bool:
    """Whether the reader reads Chinese."""
    return not str(tk.h.lang() or "").startswith("en")


def words(item: Any, name: str = "") -> str:
    """A text of a form, field, step or code in the reader's language.

    :param name: which text: ``help`` or ``guide``; the label when left out
    """
    language = "zh" if chinese() else "en"
    return str(getattr(item, f"{name}_{language}" if name else language))


@dataclass
class Control:
    """A field on the page: what it asks, what it holds, what is wrong with it."""

    name: str
    kind: str
    label: str
    help: str
    guide: str
    value: Any
    required: bool
    shown: bool
    when: str = ""
    needed_when: str = ""
    choices: tuple[Choice, ...] = ()
    codelist: str = ""
    parent: str = ""
    suggestions: tuple[tuple[str, str], ...] = ()
    max_length: int = 0
    placeholder: str = ""
    note: str = ""
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Where a link of the summary leads: the input, or the first of its inputs."""
        return f"f-{self.name}"

    @property
    def described_by(self) -> str:
        """Ids of what explains the input."""
        parts = {
            "help": self.help,
            "note": self.note,
            "errors": self.errors,
            "warnings": self.warnings,
            "count": self.max_length,
        }
        return " ".join(f"{self.id}-{part}" for part, there in parts.items() if there)


@dataclass(frozen=True)
class StepLine:
    """One step in the list of steps.

    :param state: ``done``, ``open`` (something is missing), ``wrong``, or ``none`` (nothing asked, nothing given)
    :param left: how many findings stand against it
    """

    slug: str
    label: str
    number: int
    state: str
    left: int
    here: bool


def file_step(form: Form) -> str:
    """Slug of the step in which files are attached: the one without fields, where entries of the type carry files."""
    schema = tk.h.scheming_get_dataset_schema(form.type) or {}
    if not schema.get("resource_fields"):
        return ""
    used = {item.step for item in form.fields}
    return next((step.slug for step in form.steps if step.slug not in used), "")


def steps_of(form: Form) -> tuple[str, ...]:
    """Slugs of the steps that have something to fill in, in their order, and the check at their end."""
    used = {item.step for item in form.fields} | {file_step(form)}
    return (*(step.slug for step in form.steps if step.slug in used), CHECK)


def step_of(form: Form, name: str) -> str:
    """The step in which a finding about a field is mended."""
    if name in form:
        return form.field(name).step
    return file_step(form) or form.steps[0].slug


def step_lines(form: Form, change: Mapping[str, Any], here: str) -> list[StepLine]:
    """The list of steps, each with where it stands."""
    labels = {step.slug: words(step) for step in form.steps} | {CHECK: tk._("Check and hand in")}
    refusals = [finding for finding in change["findings"] if finding["severity"] == REFUSE]
    lines = []
    for number, slug in enumerate(steps_of(form), 1):
        mine = [finding for finding in refusals if slug == CHECK or step_of(form, finding["field"]) == slug]
        wrong = any(not empty(change["data"].get(finding["field"])) for finding in mine)
        state = "done" if not mine else "wrong" if wrong and slug != CHECK else "open"
        if state == "done" and not _asked(form, change["data"], slug):
            state = "none"
        lines.append(StepLine(slug, labels[slug], number, state, len(mine), slug == here))
    return lines


def _asked(form: Form, data: Mapping[str, Any], step: str) -> bool:
    if step == CHECK:
        return True
    names = [FILES] if step == file_step(form) else []
    names += [item.name for item in form.fields if item.step == step]
    needs = any(item.step == step and form.needed(item, data) for item in form.fields)
    return needs or any(not empty(data.get(name)) for name in names)


def controls(
    form: Form,
    change: Mapping[str, Any],
    step: str,
    *,
    values: Mapping[str, Any] | None = None,
    refused: Mapping[str, Sequence[str]] | None = None,
    missing: bool = False,
) -> list[Control]:
    """The fields of a step as they are shown.

    :param values: what was typed and not saved, shown instead of what is stored
    :param refused: why it was not saved, by field
    :param missing: whether what is missing is said at the field too, not only what is wrong
    """
    data = {**change["data"], PROVIDER: change["organization"]["id"], **(values or {})}
    found = []
    for item in (item for item in form.fields if item.step == step):
        control = _control(form, item, data, change)
        said = [finding for finding in change["findings"] if finding["field"] == item.name]
        if control.shown and (missing or not empty(data.get(item.name))):
            control.errors = _messages(finding for finding in said if finding["severity"] == REFUSE)
            control.warnings = _messages(finding for finding in said if finding["severity"] != REFUSE)
        if refused and item.name in refused:
            control.errors = list(refused[item.name])
        found.append(control)
    return found


def _messages(findings: Iterable[Mapping[str, str]]) -> list[str]:
    return list(dict.fromkeys(finding["message"] for finding in findings))


def _control(form: Form, item: Field, data: Mapping[str, Any], change: Mapping[str, Any]) -> Control:
    value = data.get(item.name)
    control = Control(
        name=item.name,
        kind=item.kind,
        label=words(item),
        help=words(item, "help"),
        guide=words(item, "guide"),
        value="" if value is None else value,
        required=item.required,
        shown=form.applies(item, data),
        when=_conditions(item.when),
        needed_when=_conditions(item.required_when),
        max_length=item.max_length if item.kind in ("text", "textarea") else 0,
    )
    if item.name == PROVIDER:
        control.kind, control.value = "provider", form_lists.provider(change["organization"])
    elif item.name == form.code.field:
        control.kind, control.placeholder = "code", form.code.prefix_of(data, change["region"])
        control.help = ""
        control.note = "" if form.code.constant else json.dumps(form.code.prefix)
    elif item.kind == "choice":
        _coded(form, control, item, data)
    elif item.kind == "list" and isinstance(value, list):
        control.value = "\n".join(map(str, value))
    elif item.kind == "licence":
        control.kind, control.choices = "select", _with_value(form_lists.licences(), value)
    elif item.kind in ("organization", "system"):
        control.kind = "text"
        control.suggestions = form_lists.suggestions(item.kind, change)
    elif item.kind == "items":
        control.value = value if isinstance(value, list) else []
    elif item.kind == "date" and value and not form_lists.is_day(value):
        control.kind = "text"  # a date input would drop what it cannot show
    _hint(control, form, data)
    return control


def _conditions(given: Conditions) -> str:
    return json.dumps(given and {name: list(values) for name, values in given.items()}) if given else ""


def _coded(form: Form, control: Control, item: Field, data: Mapping[str, Any]) -> None:
    table = codelists.installed()[item.codelist]
    control.codelist, control.parent = item.codelist, item.cascade_of
    if item.cascade_of:
        control.kind = "cascade"
        codes = table.children(str(data.get(item.cascade_of) or ""))
        control.choices = _with_value(
            tuple(Choice(code.code, code_words(code)) for code in codes),
            control.value,
        )
        if not codes:
            control.choices = ()
        if not data.get(item.cascade_of):
            control.placeholder = tk._("First choose “{field}”").format(
                field=words(form.field(item.cascade_of))
            )
        return
    many = len(table.codes) > FEW
    control.kind = "select" if many else "radios"
    control.choices = _with_value(
        tuple(Choice(code.code, words(code)) for code in table.codes), control.value
    )
    if not item.required and not many:
        control.choices = (Choice("", tk._("Not stated")), *control.choices)


def code_words(code: Code) -> str:
    """Label of a value in a cascade; with its number, where that continues the number of its parent."""
    numbered = code.parent and code.code.startswith(code.parent)
    return f"{code.code} {words(code)}" if numbered else words(code)


def folded(shown: Sequence[Control]) -> int:
    """How many fields at the end of a step may be left closed at first: optional ones, when there are many."""
    number = 0
    for control in reversed(shown):
        if control.required or control.kind in ("items", "code", "provider"):
            break
        number += 1
    return number if number >= MANY else 0


def _with_value(choices: tuple[Choice, ...], value: Any) -> tuple[Choice, ...]:
    """A value that the list does not have stays on offer, so that saving the page does not lose it."""
    if value in (None, "", []) or any(choice.code == value for choice in choices):
        return choices
    return (*choices, Choice(str(value), tk._("{value} (not in the list)").format(value=value)))


def _hint(control: Control, form: Form, data: Mapping[str, Any]) -> None:
    """Say why a field is filled in already."""
    if control.name in FOLLOWS and control.value:
        source, rule = FOLLOWS[control.name]
        if control.value == fitting(form, data, control.name, rule):
            label = words(form.field(source))
            control.note = tk._("Filled in to fit “{field}”; change it if it is another").format(field=label)


def settled(form: Form, change: Mapping[str, Any]) -> dict[str, str]:
    """Values of the fields that others depend on, so that the page can decide as the server does."""
    return {name: str(change["data"].get(name) or "") for name in conditions(form)}
