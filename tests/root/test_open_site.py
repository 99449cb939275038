"""The plugin set of an internet site that holds nothing but published open data (DESIGN §2)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = "govshare govshare_catalogue govshare_publication govshare_portal scheming_datasets scheming_organizations"
SCRIPT = """
import sys
from ckan.cli import load_config
from ckan.config.middleware import make_app
config = load_config(sys.argv[1])
config["ckan.plugins"] = sys.argv[2]
app = make_app(config)._wsgi_app
print("\\n".join(str(rule) for rule in app.url_map.iter_rules()))
import ckan.plugins.toolkit as tk
tk.get_action("package_list")
from ckan.logic import _actions
print("\\n".join(sorted(_actions)))
"""


def test_the_open_set_loads_alone_without_desk_office_exchange_or_sharing(migrated, request):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(request.config.getoption("ckan_ini")), PLUGINS],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = done.stdout.splitlines()
    assert "/progress" in lines
    assert "govshare_publication_progress" in lines
    for closed in ("/desk", "/office", "/exchange", "/sharing"):
        assert [line for line in lines if line.startswith(closed)] == []
    assert [line for line in lines if line.startswith(("govshare_harvest", "govshare_exchange"))] == []
