"""Mail about a case: to who wrote and left an address, to the department that is to answer, to the office.

Sent by a worker after the act is committed, so that no mail server keeps anybody waiting. What became of it stays with
the case. A mail holds neither the receipt's code nor anything that is not public yet.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.govshare import cases, mailing
from ckanext.govshare.dialogue.model import Dialogue, find
from ckanext.govshare.dialogue.shown import moment
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.cases import Act

log = logging.getLogger(__name__)

AUTHOR, DEPARTMENT, OFFICE = "author", "department", "office"
#: Who is told of what.
WHO = {
    "received": OFFICE,
    Act.ASSIGN.value: DEPARTMENT,
    Act.RETURN.value: AUTHOR,
    Act.REFUSE.value: AUTHOR,
    Act.CLOSE.value: AUTHOR,
}
MOST = 50


def post(row: Dialogue, what: str) -> None:
    """Have a mail sent by the next free worker; call it after the commit. Without a queue nothing is sent.

    :param what: a key of :data:`WHO`
    """
    if WHO[what] == AUTHOR and not row.contact_mail:
        return
    try:
        tk.enqueue_job(send, [row.id, what], title=f"dialogue {what}")
    except Exception:  # noqa: BLE001 - the act is done; a queue that is away must not say otherwise
        log.exception("A mail about %s is not sent: no queue", row.id)


def send(case_id: str, what: str) -> None:
    """Send the mails of an act and keep what became of them. For the worker."""
    found = find(case_id)
    if found is None:
        return
    row, case = found
    words = partial(_words, row, case, what)
    sent = mailing.Post()
    if WHO[what] == AUTHOR:
        if not row.contact_mail:
            return
        told = [{"to": AUTHOR, "mail": sent.write(row.contact_name, row.contact_mail, words)}]
    else:
        people = mailing.office(case.region) if WHO[what] == OFFICE else mailing.writers(case.organization_id)
        told = [{"to": line["user"], "mail": line["mail"]} for line in sent.tell(people, words)]
    at = moment(clock.now()) or ""
    row.mails = [*row.mails, *({"at": at, "what": what, **line} for line in told)][-MOST:]
    model.Session.commit()


def _words(row: Dialogue, case: cases.Case, what: str) -> tuple[str, str]:
    """Subject and text, in the language in force."""
    title = row.data["title"]
    mine, desk = mailing.address("/dialogue/mine"), mailing.address(f"/desk/dialogue/{row.id}")
    office = mailing.address(f"/desk/dialogue/{row.id}")
    texts: dict[str, Callable[[], tuple[str, str, str]]] = {
        "received": lambda: (
            tk._("A complaint of rights came in"),
            tk._("“{title}” is to be examined; the answer is due by {day}.").format(
                title=title, day=_day(case)
            ),
            office,
        ),
        Act.ASSIGN.value: lambda: (
            tk._("The public waits for your answer"),
            tk._("“{title}” was given to your department; the answer is due by {day}.").format(
                title=title, day=_day(case)
            ),
            desk,
        ),
        Act.RETURN.value: lambda: (
            tk._("Please say more about “{title}”").format(title=title),
            tk._("The office needs more to go on. Read what, and add it, with the code of your receipt:"),
            mine,
        ),
        Act.REFUSE.value: lambda: (
            tk._("“{title}” was not accepted").format(title=title),
            tk._("Read why with the code of your receipt:"),
            mine,
        ),
        Act.CLOSE.value: lambda: (
            tk._("“{title}” is answered").format(title=title),
            tk._("Read the answer with the code of your receipt:"),
            mine,
        ),
    }
    subject, text, address = texts[what]()
    return subject, f"{text}\n\n{address}"


def _day(case: cases.Case) -> str:
    if case.due is None:
        return "—"
    return (case.due.astimezone(clock.ZONE) - datetime.resolution).date().isoformat()
