"""Identity of entries: codes are allotted, change and stay as aliases; the name is the first code for ever."""

from __future__ import annotations

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.govshare.catalogue.model import Code, CodeCounter
from ckanext.govshare.kernel import clock

WIDTH = 4  # digits to which a sequence number is padded


def allot(prefix: str, count: int = 1) -> list[str]:
    """Allot the next codes below a class.

    :param prefix: the class part, e.g. ``307001004``
    :param count: how many
    :returns: full codes, e.g. ``307001004/0007``; never one that stands already
    """
    table = CodeCounter.__table__
    codes: list[str] = []
    while len(codes) < count:
        want = count - len(codes)
        statement = (
            insert(table)
            .values(prefix=prefix, last=want)
            .on_conflict_do_update(index_elements=["prefix"], set_={"last": table.c.last + want})
        )
        last = model.Session.execute(statement.returning(table.c.last)).scalar_one()
        fresh = [f"{prefix}/{number:0{WIDTH}d}" for number in range(last - want + 1, last + 1)]
        taken = set(model.Session.scalars(sa.select(Code.code).where(Code.code.in_(fresh))))
        codes += [code for code in fresh if code not in taken]
    return codes


def holder(code: str) -> str | None:
    """Id of the entry that bears or bore a code."""
    return model.Session.scalar(sa.select(Code.package_id).where(Code.code == code))


def assign(package_id: str, code: str) -> None:
    """Make a code the current one of an entry; the former one stays as an alias. The caller commits."""
    now = clock.now()
    current = model.Session.scalars(
        sa.select(Code).where(Code.package_id == package_id, Code.until.is_(None))
    ).all()
    if any(row.code == code for row in current):
        return
    for row in current:
        row.until = now
    earlier = model.Session.get(Code, code)
    if earlier is not None and earlier.package_id == package_id:
        earlier.until = None
    else:
        model.Session.add(Code(code=code, package_id=package_id, since=now))
