"""Data applications at the office: what was handed in, deciding on it, and looking again at what is shown."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from werkzeug.wrappers import Response

from ckanext.govshare import sending
from ckanext.govshare.desk import pages, review_views
from ckanext.govshare.kernel.cases import Act, SubmissionState

__all__ = ["ROUTES"]

STATES = [state.value for state in SubmissionState]
PROOFS = ("due", "soon", "old", "holds")
DECISIONS = (Act.APPROVE.value, Act.RETURN.value)
WIDE = 1000  # characters of a note


def _office() -> None:
    """Let in the office, where the room of applications is loaded."""
    if not pages.offers("govshare_submission_list"):
        tk.abort(404)
    pages.office_only()


def _labels(field: str) -> dict[str, str]:
    """The values of a field of the application form in the reader's language."""
    schema = tk.h.scheming_get_dataset_schema("application")
    choices = tk.h.scheming_field_by_name(schema["dataset_fields"], field)["choices"]
    language = "en" if str(tk.h.lang() or "").startswith("en") else "zh_Hans_CN"
    return {choice["value"]: choice["label"][language] for choice in choices}


def _words() -> dict[str, Any]:
    """Words that every page of this module needs."""
    return {
        "forms": _labels("app_form"),
        "kinds": _labels("developer_kind"),
        "states": {
            "submitted": (tk._("To be reviewed"), "late"),
            "returned": (tk._("Returned"), "bad"),
            "approved": (tk._("Approved"), "open"),
            "withdrawn": (tk._("Taken back"), ""),
        },
        "proofs": {
            "none": (tk._("Needs no look"), ""),
            "holds": (tk._("Proof holds"), "open"),
            "soon": (tk._("Runs out soon"), "late"),
            "old": (tk._("No valid look"), "bad"),
        },
    }


def office_submissions() -> str:
    """What was handed in, the longest waiting first."""
    _office()
    state = tk.request.args.get("state", "")
    state = state if state in (*STATES, "all") else STATES[0]
    number = pages.page_number()
    asked = {"state": state, "limit": pages.PAGE, "offset": (number - 1) * pages.PAGE}
    found = pages.ask("govshare_submission_list", asked)
    extra = {"found": found, "state": state, "page": pages.pager(found["count"], number), **_words()}
    return tk.render("govshare/office/submissions.html", extra)


def office_submission(id: str) -> str:
    """One submission with everything to judge it by."""
    return _submission(id)


def _submission(id: str, refused: dict[str, list[str]] | None = None) -> str:
    _office()
    found = pages.ask("govshare_submission_show", {"id": id})
    actors = {event["actor"] for event in found["events"]} | {look["actor"] for look in found["looks"]}
    people = review_views.names(actors)
    people["submission"] = tk._("The author")
    extra = {"submission": found, "people": people, "refused": refused or {}, "typed": tk.request.form, **_words()}
    return tk.render("govshare/office/submission.html", extra)


def office_submission_decide(id: str) -> str | Response:
    """Approve or return; a second click finds it where the first one took it."""
    _office()
    wanted, form = tk.request.form.get("act", ""), tk.request.form
    if wanted not in DECISIONS:
        return tk.abort(400, tk._("Choose what to do"))
    words = pages.text("words")
    data: dict[str, Any] = {"id": id, "opinion": words, "reason": words}
    if wanted == Act.APPROVE.value:
        data |= {"looked": "looked" in form, "own_use": "own_use" in form, "note": pages.text("note", WIDE)}
    after, refused = pages.act(f"govshare_submission_{wanted}", data)
    if after is None:
        return _submission(id, refused)
    done = tk._("Approved. It is shown to everybody now.") if after["package"] else tk._("Sent back to its author.")
    tk.h.flash_success(done)
    return tk.redirect_to("govshare_desk.office_submission", id=id)


def office_submission_file(id: str, kind: str) -> Response:
    """A file of a submission, for the office alone."""
    _office()
    found = pages.ask("govshare_submission_show", {"id": id})
    if kind not in found["files"]:
        return tk.abort(404)
    try:
        return sending.send(found["files"][kind], found["files"][kind]["filename"])
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("No download is available"))


def office_applications() -> str:
    """Registered applications with their proof."""
    _office()
    proof = tk.request.args.get("proof", "")
    proof = proof if proof in PROOFS else ""
    found = pages.ask("govshare_application_list", {"proof": proof})
    return tk.render("govshare/office/submission_registered.html", {"found": found, "proof": proof, **_words()})


def office_application(id: str) -> str:
    """One registered application: its proof and the looks at it."""
    return _application(id)


def _application(id: str, refused: dict[str, list[str]] | None = None) -> str:
    _office()
    found = pages.ask("govshare_application_list", {"id": id})
    if not found:
        return tk.abort(404)
    people = review_views.names({look["actor"] for look in found[0]["looks"]})
    extra = {"application": found[0], "people": people, "refused": refused or {}, "typed": tk.request.form}
    return tk.render("govshare/office/submission_look.html", {**extra, **_words()})


def office_application_act(id: str) -> str | Response:
    """Record a look, or take an application off the public pages."""
    _office()
    wanted = tk.request.form.get("act", "")
    if wanted not in ("look", "withdraw"):
        return tk.abort(400, tk._("Choose what to do"))
    data = {"id": id, **{name: pages.text(name, WIDE) for name in ("ok", "note", "reason")}}
    after, refused = pages.act(f"govshare_application_{wanted}", data)
    if after is None:
        return _application(id, refused)
    tk.h.flash_success(tk._("Recorded"))
    return tk.redirect_to("govshare_desk.office_application", id=id)


ROUTES = [
    ("/office/submission", office_submissions),
    ("/office/submission/<id>", office_submission),
    ("/office/submission/<id>/act", office_submission_decide, "POST"),
    ("/office/submission/<id>/<any(picture, qr_code, report):kind>", office_submission_file),
    ("/office/application", office_applications),
    ("/office/application/<id>", office_application),
    ("/office/application/<id>/act", office_application_act, "POST"),
]
