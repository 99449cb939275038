"""Where the state of the embedded stack lives: one folder, `.govshare/`, closed to other users."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[1]
SOLR_FILES = PACKAGE / "solr"
LONGEST_SOCKET_PATH = 100
"""Linux takes 107 bytes for the path of a Unix socket; the longest name here is `.s.PGSQL.5432.lock`."""
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")
"""The sockets' folder stands in addresses of servers: nothing that an address or an ini file would change."""


@dataclass(frozen=True)
class Home:
    """The folders and files of one embedded stack.

    :param root: the folder itself, absolute
    """

    root: Path

    @property
    def ini(self) -> Path:
        """Configuration of CKAN, written at every start."""
        return self.root / "ckan.ini"

    @property
    def local_ini(self) -> Path:
        """Settings of the operator, merged over the generated ones; written once, never overwritten."""
        return self.root / "local.ini"

    @property
    def admin(self) -> Path:
        """Address, name, password and token of the first account."""
        return self.root / "admin.json"

    @property
    def secrets(self) -> Path:
        """Generated passwords and keys."""
        return self.root / "secrets.json"

    @property
    def setup(self) -> Path:
        """Steps of the set-up that are done."""
        return self.root / "setup.json"

    @property
    def logs(self) -> Path:
        """One log file a service."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """Pid files, lock and state of what is running."""
        return self.root / "run"

    @property
    def state(self) -> Path:
        """What the supervisor says about the services (JSON)."""
        return self.run / "state.json"

    @property
    def lock(self) -> Path:
        """Locked by the supervisor as long as it lives."""
        return self.run / "lock"

    def prepare(self) -> None:
        """Make the folders, closed to other users; raise OSError where that is not possible."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if stat.S_IMODE(self.root.stat().st_mode) & 0o027:
            self.root.chmod(0o700)
        for name in ("logs", "run", "postgres", "valkey", "solr", "storage", "webassets", "demo", "tmp"):
            (self.root / name).mkdir(mode=0o700, exist_ok=True)

    @cached_property
    def sockets(self) -> Path:
        """Folder of the Unix sockets: `run/s`; a short temporary one when that path is too long or not plain.

        A short one is remembered in `run/sockets`; it is used again only if it is still ours.
        """
        near = self.run / "s"
        longest = near / "pg" / ".s.PGSQL.5432.lock"
        if len(os.fsencode(longest)) <= LONGEST_SOCKET_PATH and PLAIN_PATH.fullmatch(str(near)):
            near.mkdir(mode=0o711, exist_ok=True)
            return near
        note = self.run / "sockets"
        if note.exists():
            known = Path(note.read_text(encoding="utf-8"))
            if known.is_dir() and not known.is_symlink() and known.stat().st_uid == os.geteuid():
                return known
        base = tempfile.gettempdir()
        short = Path(tempfile.mkdtemp(prefix="govshare-", dir=base if len(base) < 40 else "/tmp"))  # noqa: S108
        write_private(note, str(short))
        return short


def find_home(given: str | None) -> Home:
    """The home that a command means.

    :param given: value of `--home`; else `GOVSHARE_HOME`, the nearest `.govshare` upwards, `./.govshare`
    """
    chosen = given or os.environ.get("GOVSHARE_HOME")
    if chosen:
        return Home(Path(chosen).expanduser().absolute())
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / ".govshare" / "setup.json").exists():
            return Home(folder / ".govshare")
    return Home(here / ".govshare")


def software() -> Path:
    """Folder for downloaded software (the jars): in the virtual environment, so that a reset keeps it."""
    return Path(sys.prefix) / "share" / "govshare"


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, in one step: a reader sees the old or the new one, whole."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; an absent, empty or broken file is an empty object."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write a JSON object that only its owner may read."""
    write_private(path, json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n")
