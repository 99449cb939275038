"""One worker of ckanext-harvest with harvesters of ckanext-dcat: run as a script in the rival's environment.

    rival.py INI source TYPE URL    make a harvest source
    rival.py INI run                gather, fetch and import it; one line of JSON says what that took

All in one process, as ``ckan harvester run-test`` does it, less what that does for tests (it shows every package once
more): no queue, nothing waits for a poll. Its two consumers do the same per record and, for their queue, a little more.
"""

from __future__ import annotations

import sys
from typing import Any

import meter

NAME = "rival"


def make_source(kind: str, url: str) -> None:
    import ckan.plugins.toolkit as tk

    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    as_user = {"user": user, "ignore_auth": True}
    owner = tk.get_action("organization_create")(dict(as_user), {"name": "traffic", "title": "市交通运输局"})
    source = {
        "name": NAME,
        "title": "交通局目录",
        "url": url,
        "source_type": kind,
        "owner_org": owner["id"],
    }
    tk.get_action("harvest_source_create")(dict(as_user), source)


def run() -> dict[str, Any]:
    import ckan.plugins.toolkit as tk
    from ckan import model
    from ckanext.harvest import queue
    from ckanext.harvest.model import HarvestJob, HarvestObject

    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    as_user = {"user": user, "ignore_auth": True, "model": model, "session": model.Session}
    source = tk.get_action("harvest_source_show")(dict(as_user), {"id": NAME})
    made = tk.get_action("harvest_job_create")(dict(as_user), {"source_id": source["id"], "run": False})
    job = HarvestJob.get(made["id"])
    job.status = "Running"
    job.save()
    harvester = queue.get_harvester(job.source.type)
    for harvest_object in queue.gather_stage(harvester, job):
        queue.fetch_and_import_stages(harvester, HarvestObject.get(harvest_object))
    tk.get_action("harvest_jobs_run")(dict(as_user), {"source_id": source["id"]})
    done = tk.get_action("harvest_job_show")(dict(as_user), {"id": made["id"]})
    return {"state": done["status"], "counts": done["stats"]}


def main(ini: str, what: str, *arguments: str) -> None:
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    app = make_app(load_config(ini))
    with app._wsgi_app.test_request_context():
        if what == "source":
            make_source(*arguments)
        else:
            meter.measure(run)


if __name__ == "__main__":
    main(*sys.argv[1:])
