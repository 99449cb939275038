"""Free ports on loopback."""

from __future__ import annotations

import socket

from ckanext.govshare.runtime.problems import Problem


def is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1 at this port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def any_free(preferred: int | None = None) -> int:
    """A free port: the preferred one when it is free, else one that the system gives."""
    if preferred and is_free(preferred):
        return preferred
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def demand(port: int) -> None:
    """Refuse a port that is taken and name one that is free.

    :raises Problem: `port-taken`
    """
    if is_free(port):
        return
    other = next(
        (candidate for candidate in range(port + 1, min(port + 100, 65536)) if is_free(candidate)), any_free()
    )
    raise Problem(
        "port-taken",
        f"port {port} on 127.0.0.1 is taken by another program. Stop it, or choose another port: "
        f"govshare up --port {other}",
        f"端口 {port} 已被其他程序占用。请停止该程序，或换一个端口：govshare up --port {other}",
    )
