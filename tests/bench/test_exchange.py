"""Figures of the exchange engine, as ratios against stock CKAN in the same run: `make bench`.

Nothing is asserted about time: figures belong to a machine and a day. The table goes to the screen.
"""

from __future__ import annotations

import resource as process
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import build_city, empty
from tests.exchange.conftest import call
from tests.exchange.server import Source, record

STOCK = 200


def stock_rate(request: pytest.FixtureRequest) -> float:
    """Data sets a second that stock CKAN takes by package_create."""
    empty()
    script = Path(__file__).with_name("stock.py")
    ini = Path(str(request.config.getoption("ckan_ini"))).resolve()
    done = subprocess.run(
        [sys.executable, str(script), str(ini), str(STOCK)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return float(done.stdout.split()[-1])


def harvest(point: str) -> tuple[dict, float]:
    """A run worked through in this process, with its seconds."""
    started = time.perf_counter()
    run = call("govshare_harvest_run", {"exchange_point": point, "wait": True})["run_id"]
    return call("govshare_harvest_run_show", {"id": run}), time.perf_counter() - started


def memory() -> float:
    """Peak memory of this process, MiB."""
    return process.getrusage(process.RUSAGE_SELF).ru_maxrss / 1024


def test_first_load_unchanged_and_one_percent(request, loaded, ckan_config):
    ckan_config["ckanext.govshare.exchange.allow_loopback"] = True
    stock = stock_rate(request)
    empty()
    city = build_city()
    source = Source()
    lines = [f"stock CKAN, package_create: {stock:.1f} data sets a second ({STOCK})"]
    for count in (1000, 3000):
        name = f"point-{count}"
        made = call(
            "govshare_exchange_point_create",
            {
                "name": name,
                "title": "节点",
                "organization": city.traffic,
                "kind": "data_json",
                "url": f"{source.url}?{count}",
                "default_class": "307001004",
                "share_scope": "全市政务部门",
                "share_condition": "按需申请",
            },
            "officer",
        )
        for step in ("review", "assess", "accept"):
            call(f"govshare_exchange_point_{step}", {"id": made["id"], "opinion": "同意"}, "office")
        # a provider has no two entries of one title (V19): each point brings its own
        records = [
            record(number, identifier=f"{name}-{number}", title=f"{count}：第{number}号数据") for number in range(count)
        ]
        source.put(records)
        first, seconds = harvest(name)
        assert first["counts"]["create"] == count, first
        rate = count / seconds
        lines.append(
            f"{count} records, first load: {rate:.1f} a second = {rate / stock:.1f} × stock; peak {memory():.0f} MiB"
        )
        again, seconds = harvest(name)
        assert (again["counts"]["unchanged"], again["writes"]) == (count, 0)
        lines.append(
            f"{count} records, unchanged: {seconds:.2f} s = {count / seconds / stock:.0f} × stock; "
            f"writes {again['writes']}"
        )
        source.put(
            [
                {**found, "title": f"{found['title']}改"} if number % 100 == 0 else found
                for number, found in enumerate(records)
            ]
        )
        changed, seconds = harvest(name)
        assert changed["counts"]["update"] == count // 100
        lines.append(
            f"{count} records, 1 % changed: {seconds:.2f} s; writes {changed['writes']}; peak {memory():.0f} MiB"
        )
    source.close()
    sys.stdout.write("\n" + "\n".join(lines) + "\n")
