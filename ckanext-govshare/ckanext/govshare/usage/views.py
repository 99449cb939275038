"""Pages of the room `usage`."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("govshare_usage", __name__)
