"""The console command `govshare`: start, see, stop, reset, check the embedded stack; run CKAN's commands."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence

from ckanext.govshare.runtime import ckan, doctor, status
from ckanext.govshare.runtime.paths import Home, find_home, read_json
from ckanext.govshare.runtime.problems import Problem, from_os_error
from ckanext.govshare.runtime.screen import Screen
from ckanext.govshare.runtime.supervisor import Supervisor

KEPT_AT_RESET = "local.ini"


def parser() -> argparse.ArgumentParser:
    """The arguments (DESIGN.md §7)."""
    main = argparse.ArgumentParser(
        prog="govshare",
        description="The embedded stack of a govshare site. 政务信息资源共享开放平台的本机运行环境。",
    )
    commands = main.add_subparsers(dest="command", required=True, metavar="COMMAND")
    home = argparse.ArgumentParser(add_help=False)
    home.add_argument(
        "--home", metavar="DIR", help="folder of the state (default: .govshare, or GOVSHARE_HOME)"
    )

    up = commands.add_parser("up", parents=[home], help="set up what is missing, start everything · 启动")
    up.add_argument(
        "--detach", action="store_true", help="return when the site is ready; it runs on · 后台运行"
    )
    up.add_argument(
        "--port", type=_port, metavar="N", help="port on 127.0.0.1 (default: as last time; 5000 at first)"
    )
    up.add_argument("--no-demo", action="store_true", help="no demo city · 不导入演示数据")

    shown = commands.add_parser("status", parents=[home], help="what runs · 查看状态")
    shown.add_argument("--json", action="store_true", help="as JSON")
    commands.add_parser("down", parents=[home], help="stop everything · 停止")
    reset = commands.add_parser("reset", parents=[home], help="delete all data of this site · 删除全部数据")
    reset.add_argument("--yes", action="store_true", help="yes, delete it")
    commands.add_parser("doctor", parents=[home], help="look for what is wrong and say what to do · 检查")
    run = commands.add_parser(
        "ckan", help="any CKAN command, for example: govshare ckan user list", add_help=False
    )
    run.add_argument("--home", metavar="DIR")
    run.add_argument("arguments", nargs=argparse.REMAINDER)
    return main


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    :param arguments: those of the command line
    :returns: exit code: 0 done, 1 failed, 2 wrong use, 3 not running (`status`)
    """
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(
            encoding="utf-8", errors="replace"
        )  # a machine without any locale is no reason to fail
    given = list(sys.argv[1:] if arguments is None else arguments)
    given, rest = split_ckan(given)
    asked = parser().parse_args(given)
    asked.arguments = rest
    home = find_home(asked.home)
    try:
        return COMMANDS[asked.command](home, asked)
    except Problem as problem:
        _complain(problem)
        return problem.code
    except BrokenPipeError:  # the reader, `head` for one, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        problem = from_os_error(error)
        _complain(problem)
        return problem.code
    except KeyboardInterrupt:
        return 130


def split_ckan(given: list[str]) -> tuple[list[str], list[str]]:
    """Part the words of `govshare ckan …`: all that follows is CKAN's, but for a leading `--home DIR`.

    :returns: our words, CKAN's words
    """
    if given[:1] != ["ckan"]:
        return given, []
    ours = 3 if given[1:2] == ["--home"] else 2 if given[1:] and given[1].startswith("--home=") else 1
    return given[:ours], given[ours:]


def up(home: Home, asked: argparse.Namespace) -> int:
    """Start in the foreground, or in the background and wait until it is ready."""
    running = status.read(home) if home.state.exists() else {"supervisor": None}
    if running["supervisor"]:
        return _already(home, running, asked.port)
    if asked.detach:
        return _detach(home, asked)
    return Supervisor(home, Screen(), asked.port, not asked.no_demo).run()


def _already(home: Home, running: dict[str, object], port: int | None) -> int:
    """A second `up` while one is running: say so; that is a failure only if something else was asked for."""
    account = read_json(home.admin)
    print(
        f"govshare: already running ({running['phase']}) · 已在运行：{running['url']}  "
        f"{account.get('name', '')} / {account.get('password', '')}\n"
        "Stop it with `govshare down` · 停止：govshare down"
    )
    return 1 if port and not str(running["url"]).endswith(f":{port}") else 0


def _detach(home: Home, asked: argparse.Namespace) -> int:
    """Start a supervisor of its own session and show its progress until it is ready or gives up."""
    try:
        home.prepare()
    except OSError as error:
        raise from_os_error(error) from error
    log = home.logs / "supervisor.log"
    command = [sys.executable, "-m", __spec__.name if __spec__ else __name__, "up", "--home", str(home.root)]
    command += ["--port", str(asked.port)] if asked.port else []
    command += ["--no-demo"] if asked.no_demo else []
    with log.open("ab") as output, log.open("rb") as progress:
        progress.seek(0, 2)
        child = subprocess.Popen(  # noqa: S603  ourselves
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            while True:
                over = child.poll() is not None
                state = read_json(home.state)
                ready = state.get("phase") == "ready" and state.get("supervisor", {}).get("pid") == child.pid
                time.sleep(0.3)
                sys.stdout.write(progress.read().decode("utf-8", "replace"))
                sys.stdout.flush()
                if over:
                    return child.returncode
                if ready:
                    return 0
        except KeyboardInterrupt:
            child.terminate()
            child.wait()
            return 130


def show_status(home: Home, asked: argparse.Namespace) -> int:
    """Print the state; 0 when ready, 3 when not."""
    state = status.read(home)
    if asked.json:
        print(json.dumps(state, ensure_ascii=False, indent=2))
    else:
        print(f"{state['phase']}  {state['url'] or ''}  {state['home']}")
        for name, entry in state["services"].items():
            print(f"  {name:<9} {entry['state']:<9} {entry['pid'] or '-':>8}  {entry['address'] or ''}")
    return 0 if state["ready"] else 3


def down(home: Home, asked: argparse.Namespace) -> int:
    """Stop everything; nothing to stop is no failure."""
    print("Stopped · 已停止" if status.stop(home) else "Nothing was running · 未在运行")
    return 0


def reset(home: Home, asked: argparse.Namespace) -> int:
    """Stop everything and delete the state, but not the operator's own settings."""
    if not asked.yes:
        raise Problem(
            "not-confirmed",
            f"this would delete all data of the site in {home.root}. If that is meant: govshare reset --yes",
            f"此操作将删除 {home.root} 中的全部数据。确认请执行：govshare reset --yes",
            code=2,
        )
    if not home.root.exists():
        print("Nothing to delete · 没有可删除的数据")
        return 0
    if not home.setup.exists() and not home.secrets.exists() and any(home.root.iterdir()):
        raise Problem(
            "not-a-home",
            f"{home.root} is not the state folder of a govshare site; nothing was deleted.",
            f"{home.root} 不是本系统的状态目录，未删除任何内容。",
            code=2,
        )
    status.stop(home)
    from ckanext.govshare.runtime import testing

    testing.stop(home.root / "test")
    for path in home.root.iterdir():
        if path.name == KEPT_AT_RESET:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    print(f"Deleted; {KEPT_AT_RESET} is kept · 已删除（保留 {KEPT_AT_RESET}）")
    return 0


def run_doctor(home: Home, asked: argparse.Namespace) -> int:
    """Print all findings; 1 when one of them is a failure."""
    return doctor.report(home, print)


def run_ckan(home: Home, asked: argparse.Namespace) -> int:
    """Any CKAN command with the site's configuration and libraries."""
    return ckan.execute(home, asked.arguments)


COMMANDS = {
    "up": up,
    "status": show_status,
    "down": down,
    "reset": reset,
    "doctor": run_doctor,
    "ckan": run_ckan,
}


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (1–65535)")
    return int(text)


def _complain(problem: Problem) -> None:
    print(f"\ngovshare: {problem.english}\n{problem.chinese}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
