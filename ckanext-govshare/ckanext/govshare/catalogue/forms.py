"""The forms of this site: what each package type asks for, in which steps, when, and what must be filled in."""

from __future__ import annotations

from ckanext.govshare import schemas  # noqa: F401 - importing it provides the forms to the kernel
from ckanext.govshare.kernel import forms
from ckanext.govshare.kernel.forms import CodeSpec, Form


def types() -> tuple[str, ...]:
    """The package types that are drafted, changed and reviewed here, in the order of their names."""
    return tuple(sorted(forms.installed()))


def form(package_type: str) -> Form:
    """The form of a package type.

    :param package_type: e.g. ``dataset``
    :raises KeyError: the type has no form: it does not go through changes and review
    """
    return forms.installed()[package_type]


def code_spec(field: str) -> CodeSpec:
    """How the codes are made that a field holds, e.g. ``resource_code``.

    :raises KeyError: no form keeps its code there
    """
    return {found.code.field: found.code for found in forms.installed().values()}[field]
