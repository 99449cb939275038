"""`govshare doctor`: look for what is wrong or unfinished, and say what to do.

A *failure* keeps the site from working or from being safe; a *warning* is for a person to decide. The exit
code tells failures only.
"""

from __future__ import annotations

import configparser
import json
import os
import platform
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

from ckanext.govshare.runtime import jars, ports, status
from ckanext.govshare.runtime.paths import Home, read_json
from ckanext.govshare.runtime.solr import Solr
from ckanext.govshare.runtime.supervisor import DEFAULT_PORT

GIGABYTE = 1_000_000_000
PREFIX = "ckanext.govshare."
FOOT = {
    "site.sponsor": "主办",
    "site.operator": "承办",
    "site.phone": "电话",
    "site.icp": "ICP备案号",
    "site.police": "公网安备号",
    "site.code": "网站标识码",
    "site.party_mark": "党政机关网站标识",
}
"""Settings of the site's foot that a public site of the government must fill (standards.md §7)."""
OK, WARN, FAIL = "ok", "warn", "fail"
MARKS = {OK: "✓", WARN: "!", FAIL: "✗"}


@dataclass(frozen=True)
class Finding:
    """One answer of the doctor.

    :param level: `ok`, `warn` or `fail`
    :param slug: stable name of the check
    :param english: what was found and what to do
    :param chinese: the same in Chinese
    """

    level: str
    slug: str
    english: str
    chinese: str


def machine(home: Home) -> Iterator[Finding]:
    """Python, system, memory, disk, user."""
    version = platform.python_version()
    if sys.version_info < (3, 10):  # noqa: UP036  people run it with whatever they have
        yield Finding(
            FAIL,
            "python",
            f"Python {version} is too old; 3.10 is needed.",
            f"Python {version} 过旧，需要 3.10 以上。",
        )
    else:
        yield Finding(OK, "python", f"Python {version}", f"Python {version}")
    system = f"{platform.system()} {platform.machine()}"
    if platform.system() != "Linux" or platform.machine() not in ("x86_64", "aarch64"):
        yield Finding(
            FAIL,
            "system",
            f"{system}: the embedded servers exist for Linux x86_64 and aarch64.",
            f"{system}：内置服务仅支持 Linux x86_64 与 aarch64。",
        )
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIGABYTE
    if total < 3:
        yield Finding(
            WARN,
            "memory",
            f"{total:.1f} GB of memory; 4 GB are better.",
            f"内存 {total:.1f} GB，建议不少于 4 GB。",
        )
    else:
        yield Finding(OK, "memory", f"{total:.0f} GB of memory", f"内存 {total:.0f} GB")
    place = next(path for path in (home.root, *home.root.parents) if path.exists())
    free = shutil.disk_usage(place).free / GIGABYTE
    level = FAIL if free < 0.5 else WARN if free < 5 else OK
    advice = "" if level == OK else ": make room"
    yield Finding(
        level,
        "disk",
        f"{free:.1f} GB free at {place}{advice}",
        f"{place} 可用空间 {free:.1f} GB{'' if level == OK else '，请清理'}",
    )
    if not os.access(place, os.W_OK):
        yield Finding(
            FAIL, "writable", f"{place} cannot be written by this user.", f"当前用户对 {place} 没有写权限。"
        )
    if os.geteuid() == 0:
        yield Finding(
            WARN,
            "root",
            "running as root; an ordinary user is safer.",
            "当前以 root 运行，建议改用普通用户。",
        )


def software(home: Home) -> Iterator[Finding]:
    """What `make portal` installs."""
    if jars.is_complete(Solr.jar_folder()):
        yield Finding(OK, "solr-files", "Solr's files are complete", "Solr 组件完整")
    else:
        yield Finding(
            WARN,
            "solr-files",
            "Solr's files are not here yet; `govshare up` fetches them.",
            "Solr 组件尚未下载，`govshare up` 时会自动下载。",
        )


def files(home: Home) -> Iterator[Finding]:
    """Nobody else reads the secrets."""
    if not home.root.exists():
        yield Finding(
            WARN,
            "home",
            f"{home.root} does not exist yet; start with `govshare up`.",
            f"{home.root} 尚未建立，请先执行 `govshare up`。",
        )
        return
    open_files = [
        path for path in (*home.root.glob("*.json"), home.ini, home.local_ini)
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]  # fmt: skip
    if stat.S_IMODE(home.root.stat().st_mode) & 0o007:
        open_files.append(home.root)
    for path in open_files:
        yield Finding(
            FAIL,
            "modes",
            f"{path} can be read by others: chmod go-rwx {path}",
            f"{path} 可被其他用户读取，请执行：chmod go-rwx {path}",
        )
    if not open_files:
        yield Finding(OK, "modes", "secrets are closed to others", "密钥文件权限正确")


def services(home: Home) -> Iterator[Finding]:
    """What runs, and whether the port is there for it."""
    state = status.read(home)
    if not state["supervisor"]:
        orphans = [name for name, entry in state["services"].items() if entry["state"] == "orphaned"]
        if orphans:
            names = " ".join(orphans)
            yield Finding(
                WARN,
                "orphans",
                f"left over from a killed start: {names}; `govshare down` stops them.",
                f"上次异常退出遗留进程：{names}，可执行 `govshare down` 停止。",
            )
        port = read_json(home.setup).get("port") or DEFAULT_PORT
        if ports.is_free(port):
            yield Finding(OK, "port", f"not running; port {port} is free", f"未运行；端口 {port} 可用")
        else:
            yield Finding(
                FAIL,
                "port",
                f"port {port} is taken by another program: govshare up --port N",
                f"端口 {port} 被其他程序占用，请换端口：govshare up --port N",
            )
        return
    for name, entry in state["services"].items():
        if entry["state"] == "running":
            yield Finding(OK, name, f"{name} runs", f"{name} 运行中")
        else:
            yield Finding(
                FAIL,
                name,
                f"{name} is {entry['state']}; see {home.logs / name}.log",
                f"{name} 状态异常（{entry['state']}），日志：{home.logs / name}.log",
            )
    if state["message"] == "demo-failed":
        yield Finding(
            WARN,
            "demo",
            f"the demo city is incomplete; see {home.logs}/setup.log, then start again.",
            f"演示数据不完整，见 {home.logs}/setup.log，可重新启动再试。",
        )


def _saved(held: dict[str, str]) -> dict[str, str]:
    """Settings that the office saved on the site's page, which win; nothing while the database is not there."""
    import psycopg2

    question = "SELECT key, coalesce(value, '') FROM system_info WHERE key LIKE %s"
    try:
        with closing(psycopg2.connect(held.get("sqlalchemy.url", ""), connect_timeout=3)) as database:
            cursor = database.cursor()
            cursor.execute(question, (f"{PREFIX}site.%",))
            return dict(cursor.fetchall())
    except psycopg2.Error:
        return {}


def settings(home: Home) -> Iterator[Finding]:
    """Settings that are empty, provisional or dangerous."""
    if not home.ini.exists():
        return
    parser = configparser.RawConfigParser()
    parser.optionxform = str
    parser.read(home.ini, encoding="utf-8")
    held = dict(parser["app:main"])
    where = home.local_ini
    saved = _saved(held)
    for key, label in FOOT.items():
        if not saved.get(PREFIX + key, held.get(PREFIX + key, "")).strip():
            yield Finding(
                WARN,
                "foot",
                f"{PREFIX}{key} is empty ({label} in the site's foot); the office sets it at /site-settings",
                f"页脚“{label}”未设置：请由数据主管部门在“网站设置”（/site-settings）中填写",
            )
    if held.get("debug", "false").lower() in ("true", "1", "yes", "on"):
        yield Finding(
            FAIL,
            "debug",
            f"debug is on; take it out of {where}",
            f"调试模式已打开，请从 {where} 中删除 debug",
        )
    demo = held.get(PREFIX + "site.demo", "").lower() == "true"
    if demo:
        yield Finding(
            WARN,
            "provisional",
            "this is the demo city; for a real one: another --home with `govshare up --no-demo`",
            "当前为演示市数据；正式使用请另建目录：govshare up --no-demo --home 目录",
        )
    elif PREFIX + "site.city" not in held or PREFIX + "site.region" not in held:
        yield Finding(
            WARN,
            "provisional",
            f"{PREFIX}site.city and site.region still have the demo's values; set them in {where}",
            f"城市名称与区划代码仍为演示值：{PREFIX}site.city、site.region（{where}）",
        )
    if not demo and held.get(PREFIX + "exchange.allow_loopback", "").lower() == "true":
        yield Finding(
            FAIL,
            "loopback",
            f"exchange.allow_loopback is for the demo only; take it out of {where}",
            "allow_loopback 仅供演示使用，请删除",
        )
    if held.get("ckan.site_url", "").startswith("http://127.0.0.1"):
        yield Finding(
            WARN,
            "site-url",
            f"ckan.site_url is this machine's own; set the public https address in {where}",
            f"网站地址仍为本机地址，请在 {where} 中设置 ckan.site_url（https）",
        )
    elif not held.get("ckan.site_url", "").startswith("https://"):
        yield Finding(
            WARN,
            "https",
            "the site's address is not https; passwords travel in the clear",
            "网站地址不是 https，密码将明文传输",
        )
    try:
        json.loads(held.get(PREFIX + "exchange.networks", "{}"))
    except ValueError:
        yield Finding(
            FAIL,
            "networks",
            f"{PREFIX}exchange.networks is not valid JSON ({where})",
            f"{PREFIX}exchange.networks 不是有效的 JSON（{where}）",
        )


CHECKS: tuple[Callable[[Home], Iterator[Finding]], ...] = (machine, software, files, services, settings)


def examine(home: Home) -> list[Finding]:
    """All findings."""
    return [finding for check in CHECKS for finding in check(home)]


def report(home: Home, line: Callable[[str], None]) -> int:
    """Print all findings.

    :returns: 1 when one of them is a failure, else 0
    """
    findings = examine(home)
    for finding in findings:
        text = (
            finding.english
            if finding.english == finding.chinese
            else f"{finding.chinese}\n    {finding.english}"
        )
        line(f"  {MARKS[finding.level]} {text}")
    counted = {level: sum(finding.level == level for finding in findings) for level in MARKS}
    line(
        f"{counted[FAIL]} failures · {counted[WARN]} warnings · "
        f"严重 {counted[FAIL]} 项，提示 {counted[WARN]} 项"
    )
    return 1 if counted[FAIL] else 0
