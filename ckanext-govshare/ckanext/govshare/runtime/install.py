"""Install the project into its own virtual environment from the hashed lock file (`make portal` calls this).

It runs before anything is installed, so it uses the standard library only and is started by path with
`python3 -I` (isolated: the folder of this file does not shadow standard modules).

- The lock file `requirements.lock` names every package with its SHA-256; nothing else is installed.
- No address of a package registry is written anywhere: pip reads its own configuration, and what pip was
  told (index, proxy, certificates …) is handed on to uv, which does not read pip's files.
- A stamp in the virtual environment holds the digest of everything that decides its contents; a second
  start compares it and is done.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[4]
OLDEST_PYTHON = (3, 10)
BOOTSTRAP = ("uv",)
"""What pip itself installs; uv does the rest."""
NEEDED_BYTES = 1_500_000_000
STAMP = ".govshare-installed"
BUILD_LOCK = "requirements.build.lock"
"""Five of the packages are published as source only (pure Python): what builds them is pinned here."""


class InstallError(Exception):
    """A step failed; the message says what to do, in English and Chinese."""


def say(text: str) -> None:
    """Write one line of progress at once (make buffers nothing that is flushed)."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def digest(project: Path) -> str:
    """Digest of what decides the contents of the environment: the lock, the package map, Python itself."""
    found = hashlib.sha256(repr((sys.version_info[:3], str(project))).encode())
    for name in ("requirements.lock", BUILD_LOCK, "pyproject.toml", "setup.py"):
        found.update((project / name).read_bytes())
    return found.hexdigest()


def locked(lock: Path, names: tuple[str, ...]) -> str:
    """Take the entries of some packages, with their hashes, out of a lock file.

    :param lock: a requirements file with one package a block
    :param names: normalised package names
    :returns: the text of a smaller requirements file
    """
    blocks = re.split(r"(?m)^(?=[A-Za-z0-9])", lock.read_text(encoding="utf-8"))
    return "".join(block for block in blocks if re.split(r"[=\[ ]", block, maxsplit=1)[0] in names)


def uv_environment(pip_config: str, environ: dict[str, str]) -> dict[str, str]:
    """Translate pip's configuration into uv's environment variables.

    :param pip_config: what `pip config list` prints: lines of `section.key='value'`, weakest first
    :param environ: the environment of the process; variables of uv that are set already win
    :returns: the environment for uv
    """
    settings: dict[str, str] = {}
    for line in pip_config.splitlines():
        section_key, _, value = line.partition("=")
        section, _, key = section_key.rpartition(".")
        if section in ("global", "install", ":env:"):
            settings[key.strip().replace("_", "-")] = value.strip().strip("'\"").replace("\\n", " ").strip()
    wanted = {
        "UV_DEFAULT_INDEX": settings.get("index-url"),
        "UV_INDEX": settings.get("extra-index-url"),
        "UV_FIND_LINKS": ",".join(settings.get("find-links", "").split()),
        "UV_INSECURE_HOST": settings.get("trusted-host"),
        "UV_OFFLINE": "1" if settings.get("no-index", "").lower() in ("1", "true", "yes") else None,
        "UV_HTTP_TIMEOUT": settings.get("timeout") or settings.get("default-timeout"),
        "SSL_CERT_FILE": settings.get("cert"),
        "HTTPS_PROXY": settings.get("proxy"),
        "HTTP_PROXY": settings.get("proxy"),
    }
    if wanted["UV_FIND_LINKS"] and not any(
        "://" in link or Path(link).exists() for link in wanted["UV_FIND_LINKS"].split(",")
    ):
        wanted["UV_FIND_LINKS"] = None
    if wanted["UV_OFFLINE"]:  # `--no-index` of pip means: only what the links hold
        wanted["UV_OFFLINE"], wanted["UV_NO_INDEX"] = None, "1"
    return {**{key: value for key, value in wanted.items() if value}, **environ}


def run(title: str, command: list[str], environ: dict[str, str] | None = None) -> None:
    """Run one step; its output is shown only when it fails."""
    begun = time.monotonic()
    say(f"  · {title}")
    done = subprocess.run(  # noqa: S603  the commands are made in this file
        command,
        env=environ,
        cwd=PROJECT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        say(done.stdout[-6000:])
        raise InstallError(
            f"this step failed: {title}. Read the lines above; if they speak of the network, set pip's index "
            "(PIP_INDEX_URL or pip.conf) and certificates (PIP_CERT), then start again.\n"
            f"安装步骤失败：{title}。请看上面的信息；若与网络有关，请设置 pip 的软件源"
            "（PIP_INDEX_URL 或 pip.conf）和证书（PIP_CERT）后重试。"
        )
    if time.monotonic() - begun > 5:
        say(f"    {time.monotonic() - begun:.0f} s")


def check_machine(target: Path) -> None:
    """Say early what would fail late: Python too old, no room on the disk, a folder one may not write."""
    version = sys.version.split()[0]
    if sys.version_info < OLDEST_PYTHON:
        raise InstallError(
            f"Python 3.10 or newer is needed, this is {version}; try `make portal PYTHON=python3.12`.\n"
            f"需要 Python 3.10 或更新版本，当前为 {version}；可用 `make portal PYTHON=python3.12` 指定。"
        )
    if not os.access(target.parent, os.W_OK):
        raise InstallError(f"cannot write in {target.parent}.\n目录不可写：{target.parent}")
    free = shutil.disk_usage(target.parent).free
    if not target.exists() and free < NEEDED_BYTES:
        raise InstallError(
            f"only {free / 1e9:.1f} GB are free in {target.parent}; "
            f"about {NEEDED_BYTES / 1e9:.1f} GB are needed.\n"
            f"磁盘空间不足：{target.parent} 仅剩 {free / 1e9:.1f} GB，约需 {NEEDED_BYTES / 1e9:.1f} GB。"
        )


def make_environment(target: Path) -> None:
    """Create the virtual environment, with a clear word where the system's Python has no ensurepip."""
    say("  · virtual environment · 创建虚拟环境")
    try:
        venv.EnvBuilder(with_pip=True, clear=target.exists(), symlinks=True).create(target)
    except (subprocess.CalledProcessError, ImportError) as error:
        raise InstallError(
            "Python cannot make a virtual environment here; Debian and Ubuntu need python3-venv.\n"
            "无法创建虚拟环境；Debian/Ubuntu 请先安装软件包 python3-venv。"
        ) from error


def install(target: Path) -> None:
    """Bring the environment to the state of the lock file and install the project in editable form."""
    python = str(target / "bin" / "python")
    lock = PROJECT / "requirements.lock"
    bootstrap = target / "bootstrap.txt"
    bootstrap.write_text(locked(lock, BOOTSTRAP), encoding="utf-8")
    quiet = ["-q", "--disable-pip-version-check"]
    run(
        "installer · 安装工具（uv）",
        [python, "-m", "pip", "install", *quiet, "--require-hashes", "-r", str(bootstrap)],
    )
    config = subprocess.run(  # noqa: S603
        [python, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    environ = uv_environment(config, dict(os.environ))
    uv = [str(target / "bin" / "uv"), "pip"]
    where = ["--python", python]
    run(
        "packages of the lock file, hashes checked · 按锁定文件安装依赖（校验哈希）",
        [
            *uv,
            "sync",
            *where,
            "--require-hashes",
            "--build-constraints",
            str(PROJECT / BUILD_LOCK),
            str(lock),
        ],
        environ,
    )
    run(
        "the project · 安装本项目",
        [*uv, "install", *where, "--no-deps", "--no-build-isolation", "--editable", str(PROJECT)],
        environ,
    )


def compile_translations(target: Path) -> None:
    """Compile the translations that are newer than their compiled form (`.po` → `.mo`)."""
    for source in sorted(PROJECT.glob("i18n/*/LC_MESSAGES/*.po")):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            python = str(target / "bin" / "python")
            babel = [
                python,
                "-m",
                "babel.messages.frontend",
                "compile",
                "-i",
                str(source),
                "-o",
                str(compiled),
            ]
            run(f"translation · 编译翻译 {source.parent.parent.name}", babel)


def main(arguments: list[str]) -> int:
    """Install into the folder named by the first argument.

    :param arguments: `[folder of the virtual environment]`
    :returns: exit code, 0 when the environment is as the lock file says
    """
    target = Path(arguments[0] if arguments else ".venv").absolute()
    stamp = target / STAMP
    try:
        wanted = digest(PROJECT)
        if (
            stamp.exists()
            and stamp.read_text(encoding="utf-8") == wanted
            and (target / "bin" / "govshare").exists()
        ):
            compile_translations(target)
            return 0
        check_machine(target)
        begun = time.monotonic()
        say(f"Installing into {target} · 正在安装")
        if not (target / "bin" / "pip").exists() or not (target / "pyvenv.cfg").exists():
            make_environment(target)
        install(target)
        compile_translations(target)
        stamp.write_text(wanted, encoding="utf-8")
        say(f"  installed in {time.monotonic() - begun:.0f} s · 安装完成")
    except InstallError as error:
        say(f"\ngovshare: {error}")
        return 1
    except OSError as error:
        say(f"\ngovshare: cannot install: {error}\n无法安装：{error}")
        return 1
    except KeyboardInterrupt:
        say("\ngovshare: interrupted; start again to go on · 已中断，重新执行即可继续")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
