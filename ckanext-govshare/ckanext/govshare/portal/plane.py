"""Points of a table with coordinates on a plane, over tiles of a map where the operator named one. Pure but for `of`.

Web Mercator, as tiles are made. Whether the coordinates are WGS 84, CGCS2000 or the shifted GCJ-02 is not known, and
the page says so. A base map is drawn only where its address and its approval number (审图号, 《地图管理条例》) are both
set; nothing is fetched from elsewhere unless the operator said so.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ckanext.govshare.portal import preview_store
from ckanext.govshare.portal.preview import Preview, Source
from ckanext.govshare.portal.preview_store import Column

MOST_POINTS = 500
LISTED = 50  # points that the table beside the plane names
WIDTH, LEAST_HEIGHT, MOST_HEIGHT, MARGIN = 680, 220, 440, 28
TILE = 256
MOST_ZOOM = 18
MOST_TILES = 20
EARTH = 40_075_016.686  # metres of the equator
LONGITUDE = re.compile(r"经度|longitude|(^|_)(lon|lng|long|wgs84_x|gcj02_x)(_|$|\d)", re.IGNORECASE)
LATITUDE = re.compile(r"纬度|latitude|(^|_)(lat|wgs84_y|gcj02_y)(_|$|\d)", re.IGNORECASE)
NAMED = re.compile(r"名称|name|title|名", re.IGNORECASE)
NUMBER = re.compile(r"-?\d{1,3}(\.\d{1,15})?")

Point = tuple[float, float, str]


@dataclass(frozen=True)
class Plane:
    """What the template draws.

    :param path: an SVG path of one dot a point
    :param points: the first of them: ``(longitude, latitude, name)``
    :param shown: points on the plane; ``left_out``: rows without usable coordinates; ``of``: rows that were looked at,
        None where these are all
    :param tiles: ``[{x, y, size, url}]``, empty without a base map
    :param scale: ``{x, y, width, text}``
    """

    height: float
    path: str
    points: Sequence[Point]
    shown: int
    left_out: int
    of: int | None
    bounds: tuple[str, str, str, str]
    scale: dict[str, Any]
    tiles: Sequence[dict[str, Any]]
    name: str
    width: int = WIDTH


def coordinates(columns: Sequence[Column]) -> tuple[Column, Column] | None:
    """The columns of longitude and latitude of a table, or None."""

    def first(pattern: re.Pattern[str]) -> Column | None:
        return next(
            (column for column in columns if pattern.search(column.title) or pattern.search(column.id)), None
        )

    longitude, latitude = first(LONGITUDE), first(LATITUDE)
    return (longitude, latitude) if longitude and latitude and longitude != latitude else None


def of(source: Source, table: Preview, base: str = "") -> Plane | None:
    """The points of a table, or None where it has no coordinates.

    :param base: address of tiles with ``{x} {y} {z}``; "" for none
    :raises preview_store.TooSlowError, preview_store.GoneError: they cannot be read
    """
    found = coordinates(source.columns)
    if found is None:
        return None
    texts = [column for column in source.columns if column.kind == "text" and column not in found]
    name = next((column for column in texts if NAMED.search(column.title)), texts[0] if texts else None)
    rows = _rows(source, [*found, *([name] if name else [])])
    points = [point for row in rows if (point := usable(*row)) is not None]
    if len(points) < 2:
        return None
    looked_at = len(rows) if table.total is None or len(rows) < table.total else None
    return laid_out(points, len(rows) - len(points), looked_at, name.title if name else "", base)


def _rows(source: Source, columns: Sequence[Column]) -> list[Sequence[str]]:
    if source.head is not None:
        places = [source.head.columns.index(column) for column in columns]
        return [[row[place] for place in places] for row in source.head.rows[:MOST_POINTS]]
    if source.table is None:
        return []
    cells = [source.table.text(column.id, 60) for column in columns]
    query = sa.select(*cells).select_from(source.table.source()).order_by(sa.column("_id")).limit(MOST_POINTS)
    return [[cell or "" for cell in row] for row in preview_store.ask(query, preview_store.SHORT)]


def usable(longitude: str, latitude: str, name: str = "") -> Point | None:
    """A point on the earth, or None: no numbers, out of range, or 0,0, which means unknown."""
    if not NUMBER.fullmatch(longitude.strip()) or not NUMBER.fullmatch(latitude.strip()):
        return None
    east, north = float(longitude), float(latitude)
    if not (-180 <= east <= 180 and -85 <= north <= 85) or (east == 0 and north == 0):
        return None
    return east, north, name


def mercator(east: float, north: float) -> tuple[float, float]:
    """A point on the unit square of Web Mercator, from the north-west corner."""
    radians = math.radians(north)
    return (east + 180) / 360, (1 - math.log(math.tan(radians) + 1 / math.cos(radians)) / math.pi) / 2


def laid_out(
    points: Sequence[Point], left_out: int, looked_at: int | None, name: str, base: str = ""
) -> Plane:
    """Points on the plane that shows them all; see :class:`Plane`."""
    squares = [mercator(east, north) for east, north, _name in points]
    left, right = min(x for x, _y in squares), max(x for x, _y in squares)
    top, bottom = min(y for _x, y in squares), max(y for _x, y in squares)
    least = 200 / EARTH  # a plane is never narrower than some two hundred metres
    room = WIDTH - 2 * MARGIN
    per_unit = min(room / max(right - left, least), (MOST_HEIGHT - 2 * MARGIN) / max(bottom - top, least))
    height = round(min(MOST_HEIGHT, max(LEAST_HEIGHT, (bottom - top) * per_unit + 2 * MARGIN)), 1)
    middle = ((left + right) / 2, (top + bottom) / 2)

    def place(x: float, y: float) -> tuple[float, float]:
        return round(WIDTH / 2 + (x - middle[0]) * per_unit, 1), round(
            height / 2 + (y - middle[1]) * per_unit, 1
        )

    path = "".join("M{} {}h0".format(*place(x, y)) for x, y in squares)
    easts, norths = [point[0] for point in points], [point[1] for point in points]
    return Plane(
        height,
        path,
        list(points[:LISTED]),
        len(points),
        left_out,
        looked_at,
        tuple(f"{value:.4f}" for value in (min(easts), max(easts), min(norths), max(norths))),  # type: ignore[arg-type]
        _scale(per_unit, sum(norths) / len(norths), height),
        _tiles(base, middle, per_unit, height) if base else [],
        name,
    )


def _scale(per_unit: float, north: float, height: float) -> dict[str, Any]:
    """A bar of a round length, at most a quarter of the plane's width."""
    metres_a_pixel = EARTH * math.cos(math.radians(north)) / per_unit
    most = metres_a_pixel * WIDTH / 4
    unit = 10 ** math.floor(math.log10(most))
    metres = next(factor * unit for factor in (5, 2, 1) if factor * unit <= most)
    text = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    return {"x": 16, "y": height - 14, "width": round(metres / metres_a_pixel, 1), "text": text}


def _tiles(base: str, middle: tuple[float, float], per_unit: float, height: float) -> list[dict[str, Any]]:
    """Tiles that cover the plane, at the zoom whose pixels come closest to those of the plane from below."""
    zoom = min(MOST_ZOOM, max(0, math.floor(math.log2(per_unit / TILE) + 0.5)))
    number = 2**zoom
    size = per_unit / number  # pixels of the plane that a tile covers
    first_x, first_y = middle[0] - WIDTH / 2 / per_unit, middle[1] - height / 2 / per_unit
    columns = range(math.floor(first_x * number), math.floor((first_x + WIDTH / per_unit) * number) + 1)
    rows = range(math.floor(first_y * number), math.floor((first_y + height / per_unit) * number) + 1)
    found = [
        {
            "x": round((x / number - first_x) * per_unit, 1),
            "y": round((y / number - first_y) * per_unit, 1),
            "size": round(size + 0.2, 1),
            "url": base.replace("{x}", str(x % number)).replace("{y}", str(y)).replace("{z}", str(zoom)),
        }
        for x in columns
        for y in rows
        if 0 <= y < number
    ]
    return found if len(found) <= MOST_TILES else []
