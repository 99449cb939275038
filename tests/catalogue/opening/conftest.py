"""Fixtures of the opening gate: files with and without personal data, people who act on them."""

from __future__ import annotations

import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from werkzeug.datastructures import FileStorage

from tests.conftest import ENTRY, signature

CLEAN = "站点,线路\n市政府,1路\n人民医院,3路\n"
PERSONAL = "站点,巡查员,手机号\n市政府,张三,13812345678\n人民医院,李四,13912345678\n"


def upload(text: str | bytes = CLEAN, name: str = "站点.csv", **fields: Any) -> dict[str, Any]:
    """A resource for the public that brings its file."""
    content = text.encode() if isinstance(text, str) else text
    file = FileStorage(io.BytesIO(content), filename=name)
    suffix = name.rpartition(".")[2].upper()
    return {"name": "表", "audience": "open", "format": suffix, "url": "", "upload": file, **fields}


def call(action: str, user: str = "", **data: Any) -> Any:
    """An action of the gate as a person."""
    auth_user = model.User.get(user) if user else None
    return tk.get_action(f"govshare_{action}")({"user": user, "auth_user_obj": auth_user}, data)


def refused(action: str, user: str, **data: Any) -> dict[str, Any]:
    """The errors of an action that is refused."""
    with pytest.raises(tk.ValidationError) as refusal:
        call(action, user, **data)
    return refusal.value.error_dict


@pytest.fixture
def publish_waiting(city: SimpleNamespace) -> Callable[..., dict[str, Any]]:
    """Publish an entry of 市交通运输局 whose files nobody reviewed; answers it with the first file of the gate."""

    def make(*resources: dict[str, Any], **fields: Any) -> SimpleNamespace:
        made = tk.get_action("package_create")(
            {"user": "office"},
            {"owner_org": city.traffic, "resources": list(resources) or [upload()], **ENTRY, **fields},
        )
        file = call("opening_show", "office", package_id=made["id"])[0]
        about = {"organization": city.traffic, "digest": file["digest"]}
        resource = model.Package.get(made["id"]).resources[0]
        return SimpleNamespace(id=made["id"], name=made["name"], about=about, resource_id=resource.id)

    return make


@pytest.fixture
def sign() -> Callable[..., dict[str, Any]]:
    """Sign for the provider as its reviewer."""
    return lambda entry, user="reviewer", **fields: call(
        "opening_sign", user, **entry.about, **signature(**fields)
    )


@pytest.fixture
def confirm() -> Callable[..., dict[str, Any]]:
    """Confirm for the office."""
    return lambda entry, user="office", **fields: call("opening_confirm", user, **entry.about, **fields)


def state(entry: SimpleNamespace) -> str:
    """What the server says of the entry's first file."""
    model.Session.expire_all()
    return model.Package.get(entry.id).resources[0].extras.get("opening")
