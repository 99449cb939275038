"""The description of a package type as a form: steps, fields, what applies when, what must be filled in.

It is read from the scheming YAML of the type. Web form, Excel form, rules and review all ask it, so that a
new type needs a YAML file and no code. The keys of the YAML are checked by schemas/form.schema.json.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ckanext.govshare.kernel.codes import code_valid
from ckanext.govshare.kernel.provided import Provided
from ckanext.govshare.kernel.text import blank

KINDS = (
    "text",
    "textarea",
    "choice",
    "date",
    "list",
    "organization",
    "items",
    "number",
    "tags",
    "licence",
    "system",
)
Conditions = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Step:
    """One page of the form."""

    slug: str
    zh: str
    en: str


@dataclass(frozen=True)
class Field:
    """One element of the form, or one column of its repeating table.

    :param kind: one of `KINDS`
    :param codelist: code list that its values are of; empty if none
    :param step: slug of its step; empty for a column of the table
    :param required: it must be filled in when it applies (and ``required_when`` holds)
    :param when: it applies only where every named field has one of these values
    :param required_when: narrower: it may always be given, but must be given only then
    :param column: title of its Excel column as in the national template; empty: not in Excel
    :param cascade_of: field whose value is the parent of its codes
    :param max_length: characters, 0 for no limit
    :param own_rule: slug of the rule that speaks instead of the general one: by ``empty``, ``code``, ``day``
    :param federated: weight in the federated profile where it differs from the general rule's
    """

    name: str
    zh: str
    en: str
    kind: str = "text"
    codelist: str = ""
    step: str = ""
    required: bool = False
    when: Conditions = field(default_factory=dict)
    required_when: Conditions = field(default_factory=dict)
    column: str = ""
    help_zh: str = ""
    help_en: str = ""
    guide_zh: str = ""
    guide_en: str = ""
    cascade_of: str = ""
    max_length: int = 0
    own_rule: Mapping[str, str] = field(default_factory=dict)
    federated: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CodeSpec:
    """How the code of an entry of the type is made.

    :param field: the field that holds it
    :param prefix: fields that give the part before the ``/``, the deepest first
    :param constant: instead of them: this and the region's six digits (``xt`` gives ``xt990100/0001``)
    """

    field: str
    prefix: tuple[str, ...] = ()
    constant: str = ""

    def prefix_of(self, data: Mapping[str, Any], region: str) -> str:
        """The part before the ``/``, as far as the data give one.

        :param region: six digits of GB/T 2260
        """
        if self.constant:
            return f"{self.constant}{region}"
        return next((str(data[name]) for name in self.prefix if data.get(name)), "")

    @property
    def example(self) -> str:
        """A code of this type's shape."""
        return f"{self.constant}990100/0001" if self.constant else "307001004/0007"

    def valid(self, code: object) -> bool:
        """Whether a code has the shape of this type's codes."""
        if not self.constant:
            return code_valid(code)
        return isinstance(code, str) and re.fullmatch(rf"{self.constant}[0-9]{{6}}/[0-9]+", code) is not None


@dataclass(frozen=True)
class Form:
    """A package type as a form.

    :param type: the package type
    :param items: columns of the repeating table, empty if there is none
    :param items_name: field that holds the table, empty if there is none
    """

    type: str
    zh: str
    en: str
    steps: tuple[Step, ...]
    fields: tuple[Field, ...]
    items: tuple[Field, ...]
    items_name: str
    code: CodeSpec
    _index: Mapping[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", {item.name: item for item in self.fields})

    def __contains__(self, name: object) -> bool:
        return name in self._index

    def field(self, name: str) -> Field:
        """The field of that name.

        :raises KeyError: the form has none
        """
        return self._index[name]

    def of_kind(self, *kinds: str) -> tuple[Field, ...]:
        """The fields of these kinds."""
        return tuple(item for item in self.fields if item.kind in kinds)

    def visible(self, data: Mapping[str, Any]) -> tuple[Field, ...]:
        """The fields that apply to these data."""
        return tuple(item for item in self.fields if applies(item, data))

    def missing(self, data: Mapping[str, Any]) -> tuple[Field, ...]:
        """The fields that these data must have and do not."""
        return tuple(item for item in self.fields if needed(item, data) and empty(data.get(item.name)))

    def applies(self, item: Field, data: Mapping[str, Any]) -> bool:
        """Whether a field has a place in an entry with these data."""
        return applies(item, data)

    def needed(self, item: Field, data: Mapping[str, Any]) -> bool:
        """Whether a field must be filled in in an entry with these data."""
        return needed(item, data)


def applies(item: Field, data: Mapping[str, Any]) -> bool:
    """Whether a field has a place in an entry with these data."""
    return _hold(item.when, data)


def needed(item: Field, data: Mapping[str, Any]) -> bool:
    """Whether a field must be filled in in an entry with these data."""
    return item.required and applies(item, data) and _hold(item.required_when, data)


def empty(value: object) -> bool:
    """Whether nothing was given: None, blanks, an empty list. Words such as 无 are an answer of a kind."""
    if isinstance(value, str):
        return not value.strip()
    return blank(value)


def missing(form: Form, data: Mapping[str, Any]) -> tuple[Field, ...]:
    """The fields that these data must have and do not, in the order of the form."""
    return form.missing(data)


def _hold(conditions: Conditions, data: Mapping[str, Any]) -> bool:
    return all(str(data.get(name) or "") in values for name, values in conditions.items())


def parse(document: Mapping[str, Any]) -> Form:
    """Read a form out of a scheming schema.

    :param document: the parsed YAML; fields without ``step`` are the server's and no part of the form
    :raises ValueError: a step, a condition or the code names something that is not there
    """
    steps = tuple(Step(step["slug"], step["zh"], step["en"]) for step in document["form_steps"])
    raw = [item for item in document["dataset_fields"] if item.get("step")]
    tables = [item for item in raw if item.get("form_kind") == "items"]
    if len(tables) > 1:
        raise ValueError(f"{document['dataset_type']}: more than one table of items")
    code = document["code_from"]
    form = Form(
        type=document["dataset_type"],
        zh=document["about"],
        en=document.get("about_en", document["about"]),
        steps=steps,
        fields=tuple(map(_field, raw)),
        items=tuple(map(_field, tables[0]["repeating_subfields"])) if tables else (),
        items_name=tables[0]["field_name"] if tables else "",
        code=CodeSpec(code["field"], tuple(code.get("prefix", ())), code.get("constant", "")),
    )
    _check(form)
    return form


def _field(raw: Mapping[str, Any]) -> Field:
    helps, guide = raw.get("help_text", {}), raw.get("guide", {})
    return Field(
        name=raw["field_name"],
        zh=raw["label"]["zh_Hans_CN"],
        en=raw["label"]["en"],
        kind=raw.get("form_kind", "text"),
        codelist=raw.get("codelist", ""),
        step=raw.get("step", ""),
        required=raw.get("fill") == "required",
        when=_conditions(raw.get("when", {})),
        required_when=_conditions(raw.get("required_when", {})),
        column=raw.get("column", ""),
        help_zh=helps.get("zh_Hans_CN", ""),
        help_en=helps.get("en", ""),
        guide_zh=guide.get("zh_Hans_CN", ""),
        guide_en=guide.get("en", ""),
        cascade_of=raw.get("cascade_of", ""),
        max_length=raw.get("max_length", 0),
        own_rule=MappingProxyType(dict(raw.get("own_rule", {}))),
        federated=MappingProxyType(dict(raw.get("federated", {}))),
    )


def _conditions(raw: Mapping[str, Sequence[str]]) -> Conditions:
    return MappingProxyType({name: tuple(values) for name, values in raw.items()})


def _check(form: Form) -> None:
    known = {step.slug for step in form.steps}
    names = {item.name for item in form.fields}
    for item in form.fields:
        named = {*item.when, *item.required_when, *filter(None, [item.cascade_of])}
        if item.step not in known:
            raise ValueError(f"{form.type}: {item.name} is in step {item.step!r}, which is not there")
        if item.kind not in KINDS:
            raise ValueError(f"{form.type}: {item.name} is of kind {item.kind!r}, which is not there")
        if not named <= names:
            raise ValueError(f"{form.type}: {item.name} depends on {sorted(named - names)}, not there")
    if not {form.code.field, *form.code.prefix} <= names:
        raise ValueError(f"{form.type}: the code names a field that is not there")


_forms: Provided[Mapping[str, Form]] = Provided("forms")
provide = _forms.provide
installed = _forms.installed
