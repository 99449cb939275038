"""What a deployment provides to the kernel once: forms, standard items, the profile of the law."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Provided(Generic[T]):
    """A value that whoever reads files provides; the kernel reads none.

    :param what: its name, for the error
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._provider: Callable[[], T] | None = None

    def provide(self, provider: Callable[[], T]) -> None:
        """Say where the value comes from; called whenever the value is asked for."""
        self._provider = provider

    def installed(self) -> T:
        """The value of this deployment.

        :raises LookupError: nobody provided it
        """
        if self._provider is None:
            raise LookupError(f"no {self._what}: import ckanext.govshare.schemas, or pass them")
        return self._provider()
