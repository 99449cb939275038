"""Developers make their account themselves, where the site lets them: throttled, their mail address confirmed.

Such an account belongs to no organisation, so that it sees what everybody sees (R48, T21). The form is core's.
"""

from __future__ import annotations

import logging
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib import mailer
from itsdangerous import BadData, URLSafeTimedSerializer

from ckanext.govshare import callers, config, mailing
from ckanext.govshare.developers import quota
from ckanext.govshare.kernel import clock

log = logging.getLogger(__name__)

LINK_SECONDS = 3 * 86400  # for which the link of the mail holds


def is_own(context: dict[str, Any]) -> bool:
    """Whether somebody without an account makes one by the form."""
    return not (context.get("ignore_auth") or context.get("user") or "api_version" in context)


def throttle() -> None:
    """Count an account that is about to be made.

    :raises ValidationError: too many came from this address today, or from everywhere
    """
    address = callers.mark(callers.address(), clock.today())
    own, everybody = (config.get(f"developers.registrations_per_day{name}") for name in ("", "_site"))
    if (
        quota.take(f"register:{address}", quota.Quota(own, own)).wait
        or quota.take("register:all", quota.Quota(everybody, everybody)).wait
    ):
        message = tk._("Too many accounts were made today. Please try again tomorrow")
        raise tk.ValidationError({"throttled": [message]})


def ask_to_confirm(user: model.User) -> bool:
    """Leave a new account waiting until the link in its mail was followed; where the site sends no mail it is ready.

    :returns: whether it waits
    :raises ValidationError: ``email``: the mail cannot be sent; there is no account then
    """
    if not (tk.config.get("smtp.server") and tk.config.get("smtp.mail_from")):
        return False
    user.set_pending()
    model.Session.commit()
    address = mailing.address(tk.url_for("govshare_developers.confirm", token=_signer().dumps(user.id)))
    subject = tk._("Confirm your account")
    body = tk._(
        "Somebody, probably you, made the account {name} on {site}. Open this page to confirm it:\n\n{address}\n"
    )
    try:
        told = body.format(name=user.name, site=tk.config.get("ckan.site_title"), address=address)
        mailer.mail_recipient(user.display_name, user.email, subject, told)
    except (mailer.MailerException, OSError, ValueError):
        log.warning("the mail of a new account cannot be sent")
        user.purge()
        model.Session.commit()
        raise tk.ValidationError({"email": [tk._("No mail can be sent to this address")]}) from None
    return True


def confirm(token: str) -> model.User:
    """Make an account ready whose mail arrived; inside the caller's transaction.

    :raises ValidationError: the link is old or was changed
    """
    try:
        user = model.User.get(_signer().loads(token, max_age=LINK_SECONDS))
    except BadData:
        user = None
    if user is None or user.state not in ("pending", "active"):
        raise tk.ValidationError({"token": [tk._("This link does not hold any longer")]})
    user.activate()
    return user


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(tk.config["SECRET_KEY"]), salt="govshare developer account")
