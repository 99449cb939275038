"""Where a worker can be killed: every numbered step of a run, and how a worker is made to die there.

``DEATHS`` names for each step what is wrapped, at which call it dies, and whether before or after the call.
``inside`` counts only calls made within a certain call of something else.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

EXCHANGE = "ckanext.govshare.exchange"


@dataclass(frozen=True)
class Death:
    """One way to die.

    :param target: ``module:name`` or ``module:Class.name``
    :param call: which call, from 1
    :param after: whether the call is made first
    :param inside: ``(target, call)``: only while that call of it lasts
    :param by: the signal; SIGSTOP lets somebody do something meanwhile
    """

    target: str
    call: int = 1
    after: bool = False
    inside: tuple[str, int] | None = None
    by: int = signal.SIGKILL


WRITE = f"{EXCHANGE}.apply:Applier._write"
RENEW = f"{EXCHANGE}.lease:renew"
POST = "requests.sessions:Session.send"
MAP = "ckanext.govshare.harvesters.data_json:DataJsonHarvester.to_entry"
DRAIN = "ckanext.govshare.catalogue.index:drain"

#: Steps of a run over :func:`tests.crash.scenarios.mixed`: 3 batches of 10, the last one with missing records.
STEPS = {
    "fetch.1_before_the_request": Death(f"{EXCHANGE}.fetch:bring"),
    "fetch.2_in_the_download": Death("ckanext.govshare.harvesters.watch:Watch.advance", call=4),
    "fetch.3_after_the_download": Death(f"{EXCHANGE}.fetch:bring", after=True),
    "plan.1_in_the_first_chunk": Death(MAP, call=3),
    "plan.2_in_a_later_chunk": Death(MAP, call=15),
    "plan.3_before_the_commit": Death(RENEW),
    "plan.4_planned_and_not_decided": Death(RENEW, call=2),
    "plan.5_after_the_decision": Death(f"{EXCHANGE}.apply:Applier.step"),
    "apply.1_before_the_first_record": Death(f"{EXCHANGE}.apply:Applier._one"),
    "apply.2_in_a_batch_of_changed_entries": Death(f"{EXCHANGE}.entries:save", call=5, after=True),
    "apply.3_in_a_batch_of_new_entries": Death(f"{EXCHANGE}.entries:create", after=True),
    "apply.4_batch_written_and_not_committed": Death(RENEW, after=True, inside=(WRITE, 2)),
    "apply.5_committed_and_not_indexed": Death(WRITE, call=2, after=True),
    "index.1_before_the_request": Death(POST, inside=(DRAIN, 2)),
    "index.2_after_the_request": Death(POST, after=True, inside=(DRAIN, 2)),
    "index.3_outbox_cleared": Death(DRAIN, call=2, after=True),
    "suspend.1_in_the_step": Death(f"{EXCHANGE}.entries:suspend", call=2, after=True),
    "suspend.2_before_the_commit": Death(RENEW, after=True, inside=(WRITE, 3)),
    "suspend.3_after_the_commit": Death(WRITE, call=3, after=True),
    "suspend.4_before_the_request_to_the_index": Death(POST, inside=(DRAIN, 3)),
    "done.1_before": Death(f"{EXCHANGE}.engine:_end"),
    "done.2_before_the_work_folder_is_cleared": Death(f"{EXCHANGE}.fetch:clear", inside=(f"{EXCHANGE}.engine:_end", 1)),
    "done.3_after": Death(f"{EXCHANGE}.engine:_end", after=True),
}

#: Steps of a run over a front-end database, whose rows go into the DataStore.
FILE_STEPS = {
    "files.1_stored_and_not_committed": Death(RENEW, after=True, inside=(WRITE, 1)),
    "files.2_committed_and_not_loaded": Death(f"{EXCHANGE}.entries:load_rows"),
    "files.3_in_the_load": Death(f"{EXCHANGE}.load:_copy"),
    "files.4_loaded_and_not_marked": Death(f"{EXCHANGE}.entries:load_rows", after=True),
    "files.5_mark_not_committed": Death(RENEW, after=True, inside=(f"{EXCHANGE}.apply:Applier._load", 1)),
}


def arm(death: Death) -> None:
    """Make this process die there."""
    within: list[bool] = [death.inside is None]
    if death.inside:
        target, number = death.inside
        _wrap(target, _opening(within, number))
    _wrap(death.target, _dying(death, within))


def _wrap(target: str, around: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    module, _, path = target.partition(":")
    owner: Any = import_module(module)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    setattr(owner, name, around(getattr(owner, name)))


def _opening(within: list[bool], number: int) -> Callable[..., Any]:
    def around(whole: Callable[..., Any]) -> Callable[..., Any]:
        calls = _counter()

        def call(*args: Any, **options: Any) -> Any:
            within[0] = next(calls) == number
            try:
                return whole(*args, **options)
            finally:
                within[0] = False

        return call

    return around


def _dying(death: Death, within: list[bool]) -> Callable[..., Any]:
    def around(whole: Callable[..., Any]) -> Callable[..., Any]:
        calls = _counter()

        def call(*args: Any, **options: Any) -> Any:
            now = within[0] and next(calls) == death.call
            if now and not death.after:
                os.kill(os.getpid(), death.by)
            answer = whole(*args, **options)
            if now and death.after:
                os.kill(os.getpid(), death.by)
            return answer

        return call

    return around


def _counter() -> Iterator[int]:
    number = 0
    while True:
        number += 1
        yield number
