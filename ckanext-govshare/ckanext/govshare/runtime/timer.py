"""Runs `ckan govshare due` every quarter of an hour, until it is stopped.

The command is idempotent, so that a missed or a doubled turn does no harm; a site with a cron of its own
needs no timer. It loads CKAN anew each time: no memory grows, no session goes stale.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

SECONDS = 300


def main() -> None:
    """Loop until killed; a failing turn is reported in the log and does not end the timer."""
    command = [str(Path(sys.executable).parent / "ckan"), "govshare", "due", "--json"]
    while True:
        time.sleep(SECONDS)
        subprocess.run(command, check=False, timeout=SECONDS * 2)  # noqa: S603


if __name__ == "__main__":
    main()
