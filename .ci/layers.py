"""Run import-linter over the project as one package `ckanext`.

import-linter analyses top-level packages only; `ckanext` belongs to CKAN, and ours is put together from four
folders (setup.py). So the sources are laid out in a temporary folder, as they are when installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


def lay_out(target: Path) -> None:
    """Copy the Python sources into `ckanext/govshare` below a folder."""
    ignore = shutil.ignore_patterns("__pycache__", "templates", "assets", "public", "data", "LC_MESSAGES")
    (target / "ckanext").mkdir()
    (target / "ckanext" / "__init__.py").touch()
    package = target / "ckanext" / "govshare"
    shutil.copytree(PROJECT / "ckanext-govshare" / "ckanext" / "govshare", package, ignore=ignore)
    for name in ("schemas", "harvesters", "i18n"):
        shutil.copytree(PROJECT / name, package / name, ignore=ignore)


def main() -> int:
    """Answer import-linter's exit code."""
    with tempfile.TemporaryDirectory() as folder:
        lay_out(Path(folder))
        # -S: no .pth file, or the installed `ckanext` is there before ours
        start = "from importlinter.cli import lint_imports_command as run; run()"
        command = [sys.executable, "-S", "-c", start, "--no-cache"]
        command += ["--config", str(PROJECT / "pyproject.toml")]
        search = os.pathsep.join([folder, sysconfig.get_paths()["purelib"]])
        environment = {**os.environ, "PYTHONPATH": search}
        return subprocess.run(command, cwd=folder, env=environment, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
