"""CKAN's processes: environment, web process, job worker, commands, set-up of the site."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from ckanext.govshare.runtime.paths import PACKAGE, Home
from ckanext.govshare.runtime.problems import Problem, step_failed
from ckanext.govshare.runtime.processes import Service

WORKERS = 2
THREADS = 4
DUE_MODULE = "ckanext.govshare.runtime.timer"


def magic_environment() -> dict[str, str]:
    """What python-magic needs on a machine without libmagic: the library of the wheel `pylibmagic`."""
    found = importlib.util.find_spec("pylibmagic")
    if found is None or found.origin is None:
        return {}
    folder = Path(found.origin).parent
    paths = [str(folder), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
    return {"LD_LIBRARY_PATH": ":".join(paths), "MAGIC": str(folder / "magic.mgc")}


def environment(home: Home) -> dict[str, str]:
    """Environment of every CKAN process of a home.

    Variables that override CKAN's settings are taken out: the ini of the home says what holds.
    """
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("CKAN_", "LD_LIBRARY", "MAGIC"))
    }
    return {
        **kept,
        **magic_environment(),
        "CKAN_INI": str(home.ini),
        "GOVSHARE_HOME": str(home.root),
        "TMPDIR": str(home.root / "tmp"),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "TZ": "UTC",  # CKAN stores naive times and takes them for UTC
    }


def script(name: str) -> str:
    """A command of the virtual environment that runs us."""
    return str(Path(sys.executable).parent / name)


def web(home: Home, port: int) -> Service:
    """The web process: gunicorn with threads, on loopback."""
    return Service(
        name="web",
        title="CKAN web",
        command=[
            sys.executable, "-m", "gunicorn", "ckanext.govshare.runtime.wsgi:application",
            "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread",
            "--workers", os.environ.get("GOVSHARE_WEB_WORKERS", str(WORKERS)), "--threads", str(THREADS),
            "--timeout", "120", "--graceful-timeout", "15",
            "--max-requests", "20000", "--max-requests-jitter", "2000",
            "--worker-tmp-dir", str(home.root / "tmp"), "--no-control-socket", "--log-level", "warning",
        ],
        ready=lambda: answers(port),
        address=f"http://127.0.0.1:{port}",
        environ=environment(home),
        stop_seconds=20,
        ready_seconds=180,
    )  # fmt: skip


def worker(home: Home, registered: Callable[[], bool]) -> Service:
    """The job worker (CKAN's RQ jobs, with their scheduler).

    :param registered: answers whether the worker has announced itself
    """
    return Service(
        name="worker",
        title="CKAN worker",
        command=[script("ckan"), "jobs", "worker"],
        ready=registered,
        address="queue default",
        environ=environment(home),
        stop_seconds=15,
        ready_seconds=180,
    )


def timer(home: Home) -> Service:
    """What time alone makes due: `ckan govshare due` every quarter of an hour."""
    return Service(
        name="timer",
        title="timer",
        command=[sys.executable, "-m", DUE_MODULE],
        ready=lambda: True,
        address="every 15 min",
        environ=environment(home),
        stop_seconds=5,
    )


def demo(home: Home, port: int) -> Service:
    """The demo's source of records: a catalogue served on loopback, and front-end databases in files."""
    return Service(
        name="demo",
        title="demo sources",
        command=[
            sys.executable, "-m", "ckanext.govshare.runtime.demo.serve",
            "--port", str(port), "--state", str(home.root / "demo"),
        ],
        ready=lambda: answers(port, "/"),
        address=f"http://127.0.0.1:{port}",
        environ=environment(home),
        stop_seconds=5,
        ready_seconds=120,
    )  # fmt: skip


def has_demo() -> bool:
    """Whether this installation carries the demo city."""
    return importlib.util.find_spec("ckanext.govshare.runtime.demo.serve") is not None


def answers(port: int, path: str = "/api/3/action/site_read") -> bool:
    """Whether a web server on loopback answers (anything below 500)."""
    import requests

    try:
        answer = requests.get(f"http://127.0.0.1:{port}{path}", timeout=10, allow_redirects=False)
    except requests.RequestException:
        return False
    return answer.status_code < 500


def run(home: Home, title: str, command: Sequence[str], line: Callable[[str], None] | None = None) -> str:
    """Run a command of the set-up; its output goes to `logs/setup.log` as well.

    :param title: what it does, for the message when it fails
    :param command: program and arguments
    :param line: told each line of standard output as it comes
    :returns: standard output
    :raises Problem: exit code other than 0; the end of the log is in the message
    """
    log = home.logs / "setup.log"
    said = []
    with log.open("a", encoding="utf-8") as errors:
        errors.write(f"\n== {title}\n")
        errors.flush()
        child = subprocess.Popen(  # noqa: S603  the commands are made in this package
            list(command), env=environment(home),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
            text=True, encoding="utf-8", errors="replace", cwd=home.root, start_new_session=True,
        )  # fmt: skip
        try:
            for text in child.stdout or ():
                said.append(text)
                if line:
                    line(text.rstrip("\n"))
            child.wait()
        except BaseException:
            child.terminate()
            child.wait()
            raise
    if child.returncode:
        tail = log.read_text(encoding="utf-8", errors="replace")[-2500:]
        raise step_failed(title, log, ("".join(said[-20:]) + tail).strip())
    return "".join(said)


def migrate(home: Home) -> None:
    """Bring both databases to the code's state: core and every plugin's migrations."""
    run(home, "database migrations", [script("ckan"), "db", "upgrade"])


def account(home: Home, name: str, password: str, token: str | None) -> dict[str, str]:
    """Make the first account and the office, or see that they are there.

    :param token: a token that is known already, None to make one
    :returns: `{token, audit_sql}`; the SQL goes to the superuser
    """
    request = {"name": name, "password": password, "token": token}
    child = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "ckanext.govshare.runtime.site"],
        input=json.dumps(request), text=True, encoding="utf-8", capture_output=True, check=False,
        env=environment(home), cwd=home.root,
    )  # fmt: skip
    with (home.logs / "setup.log").open("a", encoding="utf-8") as log:
        log.write(f"\n== first account\n{child.stderr}")
    if child.returncode:
        raise step_failed("first account", home.logs / "setup.log", child.stderr.strip()[-2500:])
    return json.loads(child.stdout.strip().rpartition("\n")[2])


def fingerprint(plugins: str) -> str:
    """Digest of what the database must follow: version, plugins, names of all our migrations."""
    found = hashlib.sha256(f"{version('ckan')} {plugins}".encode())
    for path in sorted((PACKAGE / "migration").glob("*/versions/*.py")):
        found.update(path.name.encode())
    return found.hexdigest()


def execute(home: Home, arguments: Sequence[str]) -> int:
    """Become a CKAN command; its exit code is ours.

    :raises Problem: there is no configuration yet
    """
    if not home.ini.exists():
        raise Problem(
            "not-set-up",
            f"there is no site in {home.root} yet. Start it first: govshare up",
            f"{home.root} 中尚无站点，请先启动：govshare up",
        )
    sys.stdout.flush()
    os.execve(script("ckan"), ["ckan", *arguments], environment(home))  # noqa: S606
    return 0  # pragma: no cover


if __name__ == "__main__":  # for `env` in the Makefile: what any program that imports CKAN needs
    sys.stdout.write(" ".join(f"{name}={value}" for name, value in magic_environment().items()) + "\n")
