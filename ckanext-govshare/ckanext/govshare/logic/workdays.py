"""Actions on the calendar of working days."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.govshare import calendar, config, documents
from ckanext.govshare.kernel import clock, workdays

__all__ = ["govshare_workdays_list", "govshare_workdays_upload"]


@tk.side_effect_free
def govshare_workdays_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """The calendar of working days: the notices of the known years, their days of rest and 调休.

    :returns: ``{years: [{year, source: shipped|deployment|uploaded, uploaded, notices: [{title, number, date}],
        holidays: [{zh, en, first, last, days, worked: [day]}]}], provisional_from, missing: [year]}``, the latest year
        first: terms that reach `provisional_from` may still move (暂定); this year and the next, where they are missing
    """
    tk.check_access("govshare_workdays_list", context, data_dict)
    today = clock.today()
    years = calendar.years()
    for year in years:
        year.pop("uploaded_by")
    return {
        "years": years,
        "provisional_from": calendar.provisional_from(today).isoformat(),
        "missing": [year for year in (today.year, today.year + 1) if not workdays.known(year)],
    }


def govshare_workdays_upload(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Load the working days of a year, as the notice of the State Council says them. They hold at once, everywhere.

    :param content: the file as text: YAML as in ``schemas/workdays/<year>.yaml``; or
    :param upload: the file itself
    :returns: ``{year, replaced}``: whether a year that was uploaded before is replaced
    :raises NotAuthorized: the caller is not of the coordinating office of the site's region
    :raises ValidationError: ``file``: it is no such file, or contradicts itself; the lines are named
    """
    tk.check_access("govshare_workdays_upload", context, data_dict)
    upload = data_dict.get("upload")
    content = (
        upload.stream.read(documents.MOST_BYTES + 1)
        if hasattr(upload, "stream")
        else data_dict.get("content")
    )
    if not isinstance(content, str | bytes) or not content:
        raise tk.ValidationError({"file": [tk._("Choose a file")]})
    try:
        document, year = calendar.read(content)
    except documents.UnreadableError as error:
        words = tk._("Line {line}: {what}").format(line=error.line, what=error.words)
        raise tk.ValidationError({"file": [words if error.line else error.words]}) from None
    replaced = calendar.store(document, year, context.get("user", ""))
    tk.get_action("govshare_event_add")(
        {"ignore_auth": True, "user": context.get("user", "")},
        {
            "action": "workdays_uploaded",
            "object_type": "workdays",
            "object_id": str(year.year),
            "region": config.region(),
            "data": {"replaced": replaced, "notices": [notice.number for notice in year.notices]},
        },
    )
    model.Session.commit()
    return {"year": year.year, "replaced": replaced}
