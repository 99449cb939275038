"""The settings of a ``database`` point: which views, how each is read. Checked before anything is opened."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.govshare.harvesters.refusals import FetchRefused

FULL_DAYS = 7
MAX_DAYS = 365
MAX_NAME = 200  # characters
MAX_VIEWS = 500
_OF_A_VIEW = ("name", "key", "watermark", "title", "notes")


@dataclass(frozen=True)
class Wanted:
    """Views that a setting names.

    :param name: ``schema.view``, ``view``, or a pattern with ``*`` and ``?``
    :param key: columns that name a row and order the rows; empty for the primary key
    :param watermark: column that grows with every change of a row; empty to read everything each time
    :param title: instead of the comment's; so are ``notes``
    """

    name: str
    key: tuple[str, ...] = ()
    watermark: str = ""
    title: str = ""
    notes: str = ""

    @property
    def is_pattern(self) -> bool:
        """Whether it may name several views."""
        return "*" in self.name or "?" in self.name


@dataclass(frozen=True)
class Choice:
    """What a point reads.

    :param exclude: patterns of views that no pattern chooses
    :param full_days: days after which a view with a watermark is read whole again
    """

    views: tuple[Wanted, ...]
    exclude: tuple[str, ...] = ()
    full_days: int = FULL_DAYS

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Choice:
        """Read the settings of a point.

        :raises FetchRefused: ``view_missing`` or ``setting_invalid``, which names the setting
        """
        given = settings.get("view")
        listed = list(given) if isinstance(given, (list, tuple)) else [given]
        alone = len(listed) == 1
        views = tuple(dict.fromkeys(_wanted(one, settings, alone) for one in listed if one not in (None, "")))
        if not views or any(not view.name for view in views):
            raise view_missing()
        if len(views) > MAX_VIEWS:
            raise too_many(len(views))
        names = [view.name for view in views]
        if len(set(names)) < len(names):
            raise invalid("view", "同一视图只能出现一次", "a view is named once")
        return cls(views, _names(settings, "exclude"), _days(settings.get("full_days")))

    def choose(self, names: Iterable[str]) -> list[Wanted]:
        """Every view once: those that are named, then those that a pattern finds, by name.

        :param names: all views and tables of the database as ``schema.view``; those of the default schema as
            ``view`` too
        """
        named = {view.name: view for view in self.views if not view.is_pattern}
        patterns = [view for view in self.views if view.is_pattern]
        for name in sorted(names):
            if name in named or any(fnmatch.fnmatchcase(name, pattern) for pattern in self.exclude):
                continue
            found = next((view for view in patterns if _matches(name, view.name)), None)
            if found is not None:
                named[name] = Wanted(name, found.key, found.watermark)
        if len(named) > MAX_VIEWS:
            raise too_many(len(named))
        return list(named.values())


def _matches(name: str, pattern: str) -> bool:
    """A pattern finds names with as many parts as itself, so that ``*`` stays within the default schema."""
    return name.count(".") == pattern.count(".") and fnmatch.fnmatchcase(name, pattern)


def _wanted(given: Any, settings: Mapping[str, Any], alone: bool) -> Wanted:
    """One view; what it does not say of itself the point says for all, texts for a single one only."""
    own = dict(given) if isinstance(given, Mapping) else {"name": given}
    strange = sorted(str(name) for name in own.keys() - set(_OF_A_VIEW))
    if strange:
        raise invalid("view", f"不认识“{strange[0][:60]}”", f'"{strange[0][:60]}" is not known')
    if not isinstance(own.get("name"), str):
        raise view_missing()
    texts = {**settings, **own} if alone else own
    view = Wanted(
        _name(own["name"], "view"),
        _names({**settings, **own}, "key"),
        _text({**settings, **own}, "watermark"),
        _text(texts, "title"),
        _text(texts, "notes", 2000),
    )
    if view.is_pattern and (own.get("title") or own.get("notes")):
        raise invalid("view", "带通配符的视图不能指定名称和摘要", "a pattern has no title and no notes")
    return view


def _name(text: str, setting: str) -> str:
    text = text.strip()
    if "\x00" in text or len(text) > MAX_NAME:
        raise view_missing() if setting == "view" else _too_long(setting, MAX_NAME)
    return text


def _text(settings: Mapping[str, Any], name: str, longest: int = MAX_NAME) -> str:
    given = settings.get(name)
    if given is None:
        return ""
    if not isinstance(given, str) or "\x00" in given:
        raise invalid(name, "应为文本", "it is to be a text")
    if len(given) > longest:
        raise _too_long(name, longest)
    return given.strip()


def _names(settings: Mapping[str, Any], setting: str) -> tuple[str, ...]:
    given = settings.get(setting)
    listed = [given] if isinstance(given, str) else given if given is not None else []
    if not isinstance(listed, (list, tuple)) or not all(isinstance(name, str) for name in listed):
        raise invalid(setting, "应为名称或名称的列表", "it is to be a name or a list of names")
    return tuple(dict.fromkeys(name for one in listed if (name := _name(one, setting))))


def _days(given: Any) -> int:
    if given is None or given == "":
        return FULL_DAYS
    if isinstance(given, bool) or not str(given).isascii() or not str(given).isdigit():
        raise invalid("full_days", "应为整数天数", "it is to be a number of days")
    if not 1 <= int(given) <= MAX_DAYS:
        raise invalid("full_days", f"应在1至{MAX_DAYS}之间", f"it is to lie between 1 and {MAX_DAYS}")
    return int(given)


def invalid(setting: str, zh: str, en: str) -> FetchRefused:
    """A setting that says nothing that can be done.

    :param setting: its name
    """
    return FetchRefused(
        "setting_invalid",
        f"节点设置“{setting}”不正确：{zh}。",
        f'The setting "{setting}" of the point is wrong: {en}.',
    )


def _too_long(setting: str, longest: int) -> FetchRefused:
    return invalid(setting, f"不得超过{longest}个字符", f"{longest} characters at most")


def view_missing() -> FetchRefused:
    """No view is named."""
    return FetchRefused(
        "view_missing",
        "请在节点设置中填写视图名称（view），例如“share.v_bus_stops”或“share.*”。",
        "Name a view in the settings of the point, for example share.v_bus_stops or share.*.",
    )


def too_many(count: int) -> FetchRefused:
    """One point is to read more views than it can.

    :param count: how many
    """
    return FetchRefused(
        "too_many_views",
        f"节点选中了{count}个视图，超过上限{MAX_VIEWS}个，请分为多个节点或用exclude排除。",
        f"The point chooses {count} views, more than {MAX_VIEWS}: divide it, or exclude some.",
    )
