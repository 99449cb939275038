"""What may go wrong with one record while it is applied, and what its department is told."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.govshare.exchange.problems import NOT_SAVED, problem
from ckanext.govshare.kernel.findings import Finding
from ckanext.govshare.kernel.states import Verdict


class Overtaken(Exception):  # noqa: N818 - reads as what happened
    """What a plan said of a new record no longer holds.

    :param verdict: what it is now: a conflict, or rejected
    :param findings: why
    """

    def __init__(self, verdict: Verdict, findings: list[Finding]):
        super().__init__(verdict.value)
        self.verdict = verdict
        self.findings = findings


# Errors of one record. A broken connection is none: it ends the worker, and the run resumes.
VOIDS = (
    Overtaken,
    tk.ValidationError,
    tk.ObjectNotFound,
    tk.NotAuthorized,
    sa.exc.IntegrityError,
    sa.exc.DataError,
    sa.exc.StatementError,
    OSError,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


def is_broken(error: BaseException | None) -> bool:
    """Whether the connection broke, whatever came of that: no record's fault, the worker ends and the run resumes."""
    broken = sa.exc.OperationalError | sa.exc.InterfaceError
    while error is not None:
        if isinstance(error, sa.exc.DBAPIError) and (
            error.connection_invalidated or (isinstance(error, broken) and not _is_too_much(error))
        ):
            return True
        error = error.__cause__ or error.__context__
    return False


def _is_too_much(error: sa.exc.DBAPIError) -> bool:
    """Whether a value exceeds a limit of PostgreSQL (SQLSTATE 54…): it would do so again."""
    return (getattr(error.orig, "pgcode", None) or "").startswith("54")


def findings_of(error: Exception) -> list[Finding]:
    """What a failing record is told: the errors by field, or the kind of error."""
    if isinstance(error, Overtaken):
        return error.findings
    if not isinstance(error, tk.ValidationError):
        return [problem(NOT_SAVED, field="", error=type(error).__name__)]
    return [
        problem(NOT_SAVED, field=field, error=_flat(messages))
        for field, messages in (error.error_dict or {}).items()
    ]


def _flat(messages: Any) -> str:
    if isinstance(messages, dict):
        return "；".join(f"{key}: {_flat(value)}" for key, value in messages.items())
    if isinstance(messages, list):
        return "；".join(_flat(message) for message in messages if message)
    return str(messages)
