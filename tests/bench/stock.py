"""Stock CKAN, no plugin of ours, on the same services: data sets a second by `package_create`. Run as a script."""

from __future__ import annotations

import sys
import time


def main(ini: str, count: int) -> None:
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    config = load_config(ini)
    config["ckan.plugins"] = ""
    make_app(config)
    import ckan.plugins.toolkit as tk
    from ckan.tests import factories

    user = factories.Sysadmin()["name"]
    organization = factories.Organization()["id"]
    resource = {"name": "file", "url": "http://files.example/a.csv", "format": "CSV"}
    started = time.perf_counter()
    for number in range(count):
        data = {
            "name": f"stock-{number}",
            "title": f"第{number}号数据",
            "notes": "说明",
            "owner_org": organization,
            "resources": [dict(resource)],
        }
        tk.get_action("package_create")({"user": user}, data)
    sys.stdout.write(f"{count / (time.perf_counter() - started):.2f}\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
