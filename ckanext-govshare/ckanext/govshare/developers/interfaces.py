"""What other extensions tell this room."""

from __future__ import annotations

from typing import Any, NamedTuple

import ckan.plugins as p
from ckan import model


class Told(NamedTuple):
    """What a log-in says of the person behind an account.

    :param level: ``none`` or ``real_name`` (实名: the person's identity was checked)
    :param source: who says so, e.g. ``省统一身份认证``; shown to the person and kept
    """

    level: str
    source: str


class IIdentity(p.Interface):
    """Tells how well a single sign-on knows the person behind an account (R86).

    Asked once after every log-in. A plugin that logs people in by OpenID Connect calls ``tk.login_user`` in its
    callback, as CKAN's ``IAuthenticator`` describes; by then it knows the claims of the person::

        class CityLogin(p.SingletonPlugin):
            p.implements(p.IBlueprint)
            p.implements(IIdentity)

            def identity_level(self, user, session):
                claims = session.get("city_login")  # written by our callback before it called tk.login_user
                if claims is None:
                    return None  # this person logged in another way
                checked = claims.get("acr") in ("real_name", "face")
                return Told("real_name" if checked else "none", "市统一身份认证")

    Neither a name nor a number of an identity document is asked for or kept: the level, its source and the moment are.
    """

    def identity_level(self, user: model.User, session: Any) -> Told | None:
        """The level of an account that has just logged in.

        :param user: the account
        :param session: Flask's session
        :returns: None where this plugin knows nothing of the person; what is kept stays then
        """
        return None
