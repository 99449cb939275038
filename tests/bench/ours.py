"""One worker of the exchange engine: run as a script. One line of JSON says what a run of a point took.

ours.py INI POINT
"""

from __future__ import annotations

import sys
from typing import Any

import meter


def run(point: str) -> dict[str, Any]:
    import ckan.plugins.toolkit as tk

    as_operator = {"ignore_auth": True, "user": "operator"}
    started = tk.get_action("govshare_harvest_run")(
        dict(as_operator), {"exchange_point": point, "wait": True}
    )
    done = tk.get_action("govshare_harvest_run_show")(dict(as_operator), {"id": started["run_id"]})
    return {"state": done["state"], "counts": done["counts"], "writes": done["writes"]}


def main(ini: str, point: str) -> None:
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    config = load_config(ini)
    config["ckanext.govshare.exchange.allow_loopback"] = True
    app = make_app(config)
    with app._wsgi_app.test_request_context():
        meter.measure(lambda: run(point))


if __name__ == "__main__":
    main(*sys.argv[1:])
