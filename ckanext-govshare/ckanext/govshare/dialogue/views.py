"""Pages of the room `dialogue`."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("govshare_dialogue", __name__)
