"""How far a run is, for people who watch it, and whether one of them asked to cancel it."""

from __future__ import annotations

import time

import sqlalchemy as sa
from ckan import model

from ckanext.govshare.exchange.model import RUN

EVERY = 1.0  # seconds between two notes of one stage


class CancelAsked(Exception):  # noqa: N818 - reads as what happened
    """Somebody asked to cancel the run."""


class Progress:
    """Notes of one worker at one run, on a connection of their own: they do not wait for the run's transaction.

    :param run_id: the run; its lease is held
    """

    def __init__(self, run_id: str):
        self.run_id = run_id
        self._last: tuple[str, float] = ("", 0.0)

    def __call__(self, stage: str, done: int, total: int | None = None) -> None:
        """Note how far a stage is; at most once a second.

        :param stage: ``fetch plan apply files``
        :param done: bytes of a fetch; records, items or files of the others
        :param total: of the same, where it is known
        :raises CancelAsked: somebody asked to cancel the run
        """
        now = time.monotonic()
        if stage == self._last[0] and now - self._last[1] < EVERY:
            return
        self._last = (stage, now)
        note = {"stage": stage, "done": done, "total": total}
        statement = sa.update(RUN).where(RUN.c.id == self.run_id).values(progress=note)
        with model.meta.engine.begin() as connection:
            asked = connection.execute(statement.returning(RUN.c.cancel_asked)).scalar()
        if asked:
            raise CancelAsked
