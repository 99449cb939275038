"""Settings of the site: the office's, refused in words, shown at once in every process."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.lib import app_globals

from ckanext.govshare.portal import settings

pytestmark = pytest.mark.usefixtures("with_plugins", "as_before")

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def as_before(loaded: None) -> Iterator[None]:
    """What a test sets is taken back: rows and this process's configuration."""
    before = {key: tk.config.get(key) for key, _most in settings.SETTINGS.values()}
    yield
    model.Session.rollback()
    tk.config.update(before)
    app_globals.app_globals._config_update = None


def act(action: str, user: str = "office", **data: Any) -> Any:
    return tk.get_action(action)({"user": user}, data)


def login(user: str) -> dict[str, str]:
    from ckan.tests import factories

    return {"Authorization": factories.APIToken(user=user)["token"]}


def faults(**data: Any) -> dict[str, list[str]]:
    with pytest.raises(tk.ValidationError) as refused:
        act("govshare_site_update", **data)
    return refused.value.error_dict


def test_what_the_office_sets_is_on_the_next_page(app: Any, city: SimpleNamespace) -> None:
    act("govshare_site_update", name="新余市公共数据平台", brand="#8a1c0b", phone="0000-1234567")
    body = app.get("/").body
    assert "新余市公共数据平台" in body
    assert "--gs-set-brand:#8a1c0b" in body
    assert "0000-1234567" in body


def test_another_process_takes_it_over_with_its_next_request(app: Any, city: SimpleNamespace) -> None:
    app.get("/")
    before = tk.config["ckan.site_title"]
    settings.save({"name": "别处改名"})
    model.Session.commit()  # as another process would: this one is not told
    assert tk.config["ckan.site_title"] == before
    assert "别处改名" in app.get("/").body


def test_what_is_not_given_stays(city: SimpleNamespace) -> None:
    act("govshare_site_update", sponsor="演示市人民政府")
    assert act("govshare_site_update", operator="演示市数据局")["sponsor"] == "演示市人民政府"


@pytest.mark.parametrize("user", ["", "citizen", "officer", "reviewer", "county_office", "operator"])
def test_nobody_but_the_office_of_the_site_sets_or_reads_them(city: SimpleNamespace, user: str) -> None:
    with pytest.raises(tk.NotAuthorized):
        act("govshare_site_update", user, name="甲")
    with pytest.raises(tk.NotAuthorized):
        act("govshare_site_show", user)


def test_ckans_own_form_does_not_set_them(city: SimpleNamespace) -> None:
    with pytest.raises(tk.ValidationError):
        act("config_option_update", "operator", **{"ckanext.govshare.site.brand": "#ffffff"})


@pytest.mark.parametrize("colour", ["#ffd700", "#777777", "#58b0ff", "#ffffff"])
@pytest.mark.parametrize("name", ["brand", "brand_deep"])
def test_a_colour_on_which_text_cannot_be_read_is_refused_and_a_near_one_named(
    city: SimpleNamespace, name: str, colour: str
) -> None:
    message = faults(**{name: colour})[name][0]
    near = message[message.index("#") :][:7]
    assert act("govshare_site_update", **{name: near})[name] == near


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"brand": "blue"}, "brand"),
        ({"brand": "#0b4f8a;}"}, "brand"),
        ({"brand": ""}, "brand"),
        ({"brand": "#fff"}, "brand"),
        ({"name": ""}, "name"),
        ({"name": "长" * 41}, "name"),
        ({"slogan": "a\x00"}, "slogan"),
        ({"emblem": "二字"}, "emblem"),
        ({"emblem": "https://elsewhere.example/a.png"}, "emblem"),
        ({"emblem": "//elsewhere.example/a.png"}, "emblem"),
        ({"emblem": '/a.png" onerror="alert(1)'}, "emblem"),
        ({"emblem": "data:image/svg+xml;base64,PHN2Zy8+"}, "emblem"),
        ({"emblem": "data:image/png;base64,PHN2Zy8+"}, "emblem"),
        ({"code": "12345"}, "code"),
        ({"party_mark": "https://elsewhere.example/x"}, "party_mark"),
        ({"party_mark": "javascript:alert(1)"}, "party_mark"),
        ({"links": "省平台 javascript:alert(1)"}, "links"),
        ({"links": "省平台"}, "links"),
        ({"links": "\n".join(f"链接{n} https://a.example/{n}" for n in range(13))}, "links"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name_and_nothing_is_saved(
    city: SimpleNamespace, data: dict[str, Any], field: str
) -> None:
    before = act("govshare_site_show")
    assert list(faults(**data, sponsor="不应保存")) == [field]
    assert act("govshare_site_show") == before


def test_records_lead_to_the_authorities(app: Any, city: SimpleNamespace) -> None:
    act(
        "govshare_site_update",
        icp="赣ICP备00000000号-1",
        police="赣公网安备 36050200000000号",
        code="3605000001",
    )
    body = app.get("/").body
    assert 'href="https://beian.miit.gov.cn/"' in body
    assert "webSearch?code=36050200000000" in body
    assert "3605000001" in body


def test_links_of_the_foot_are_a_line_each(app: Any, city: SimpleNamespace) -> None:
    act("govshare_site_update", links="省公共数据 平台 https://data.example.gov.cn/\n站内 /page/rules")
    body = app.get("/").body
    assert '<a href="https://data.example.gov.cn/">省公共数据 平台</a>' in body


def test_words_of_settings_are_words(app: Any, city: SimpleNamespace) -> None:
    act("govshare_site_update", slogan="<script>x</script>", sponsor='"><img src=x>')
    body = app.get("/").body
    assert "<script>x" not in body
    assert "<img src=x>" not in body


def test_an_english_name_is_for_english_pages(app: Any, city: SimpleNamespace) -> None:
    act("govshare_site_update", name="演示平台", name_en="Demo data portal")
    assert "Demo data portal" in app.get("/en/").body
    assert "Demo data portal" not in app.get("/").body


def test_a_picture_is_the_emblem_and_is_served_as_a_picture(app: Any, city: SimpleNamespace) -> None:
    import io

    from werkzeug.datastructures import FileStorage

    form = {**act("govshare_site_show"), "emblem": "", "emblem_file": FileStorage(io.BytesIO(PNG), "x.png")}
    app.post("/site-settings", data=form, headers=login("office"))
    value = act("govshare_site_show")["emblem"]
    address = f"/emblem/{settings.emblem_name(value)}"
    assert address in app.get("/").body
    answer = app.get(address)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert app.get("/emblem/other").status_code == 404


@pytest.mark.parametrize(
    "content", [b"<svg onload=alert(1)/>", b"GIF89a", b"", b"\x89PNG\r\n\x1a\n" + b"0" * 100_001]
)
def test_a_file_that_is_no_small_picture_is_refused(app: Any, city: SimpleNamespace, content: bytes) -> None:
    with pytest.raises(tk.ValidationError, match="emblem"):
        settings.as_emblem(content)


def test_a_preview_shows_the_colours_and_saves_nothing(app: Any, city: SimpleNamespace) -> None:
    form = {**act("govshare_site_show"), "brand": "#8a1c0b", "preview": "1"}
    body = app.post("/site-settings", data=form, headers=login("office")).body
    assert "--gs-brand:#8a1c0b" in body
    assert act("govshare_site_show")["brand"] != "#8a1c0b"


def test_a_refused_form_comes_back_as_it_was_typed(app: Any, city: SimpleNamespace) -> None:
    form = {**act("govshare_site_show"), "brand": "#ffd700", "slogan": "新口号"}
    body = app.post("/site-settings", data=form, headers=login("office")).body
    assert "新口号" in body
    assert 'aria-invalid="true"' in body


def test_a_change_leaves_an_event_that_names_what_changed(city: SimpleNamespace) -> None:
    act("govshare_site_update", phone="0000-1")
    act("govshare_site_update", phone="0000-1")
    events = act("govshare_audit_list", object_type="site")["results"]
    assert [event["data"] for event in events] == [{"changed": ["phone"]}]
