"""Fetch: the source's bytes into a work folder of the run, through the guarded session and within budgets."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import ckan.plugins.toolkit as tk

from ckanext.govshare import config
from ckanext.govshare.exchange.guard import Reason
from ckanext.govshare.harvesters import KINDS, Fetched, FetchState, Harvester, PointSpec, refusals
from ckanext.govshare.harvesters.http import Account, FetchRefused, GuardedSession
from ckanext.govshare.kernel.records import Said

NEVER = FetchState()
Session = TypeVar("Session", bound=GuardedSession)


def workdir(run_id: str) -> Path:
    """Work folder of a run; workers on several machines share it with the file store."""
    return config.files_path() / "exchange" / run_id


def clear(run_id: str) -> None:
    """Remove the work folder of a run."""
    shutil.rmtree(workdir(run_id), ignore_errors=True)


def harvester(kind: str) -> Harvester:
    """The harvester of a kind of exchange point.

    :raises FetchRefused: this site has no such kind
    """
    found = KINDS.get(kind)
    if found is None:
        raise FetchRefused("unknown_kind", "没有这种交换节点类型", "There is no such kind of exchange point")
    return found


def session(spec: PointSpec, kind: type[Session] = GuardedSession, **budgets: Any) -> Session:
    """The guarded session of a point: only its network's addresses, within the site's budgets.

    :param kind: class of the session
    :param budgets: other ones than the site's for a whole source, by the names of :class:`GuardedSession`
    """
    options = {
        "networks": config.networks(),
        "allow_loopback": tk.asbool(config.get("exchange.allow_loopback")),
        "network": spec.network,
        "max_bytes": config.get("exchange.max_bytes"),
        "max_seconds": config.get("exchange.max_seconds"),
        "stall_seconds": config.get("exchange.stall_seconds"),
        "account": _account(str(spec.settings.get("account") or "")),
    }
    return kind(**options | budgets)


def _account(name: str) -> Account | None:
    if not name:
        return None
    found = config.account(name)
    if found is None:
        raise refusals.account_unknown(name)
    return Account.parse(found)


def keep(point_id: str) -> Path:
    """Folder of a point that outlives its runs, for kinds that read increments."""
    folder = config.files_path() / "exchange-keep" / point_id
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def bring(
    spec: PointSpec,
    run_id: str,
    previous: FetchState,
    watch: Callable[[int], None] = lambda size: None,
) -> Fetched:
    """Fetch the source of a point.

    :param previous: state of the last applied run, or :data:`NEVER` to read it whatever it says
    :param watch: told how many bytes have come so far; may raise
    :raises FetchRefused: the address, the answer or a budget
    """
    # Of this worker: one that was left for dead may still read its own.
    folder = workdir(run_id) / uuid.uuid4().hex[:12]
    folder.mkdir(parents=True)
    kind = harvester(spec.kind)
    kind.validate_url(spec.url, spec.settings)
    guarded = session(spec)
    guarded.told = watch
    return kind.fetch(spec, guarded, folder, previous)


def records(spec: PointSpec, fetched: Fetched) -> Iterator[Said]:
    """Records of a fetched source, one after the other.

    :raises FetchRefused: not what the kind promises, or more records than allowed
    """
    limit = config.get("exchange.max_records")
    for count, record in enumerate(harvester(spec.kind).records(fetched, spec), 1):
        if count > limit:
            raise FetchRefused(
                "too_many_records", f"来源超过 {limit} 条记录", f"The source has more than {limit} records"
            )
        yield record


def reason(error: FetchRefused) -> Reason:
    """A refusal as the reason of a failed run."""
    return Reason(error.slug, error.message_zh, error.message_en)
