"""The one error of harvesters, `FetchRefused`, and what it says: a stable slug, the reason in two languages.

The functions are named by their slugs. No text carries credentials or a query.
"""

from __future__ import annotations

from urllib.parse import urlsplit


class FetchRefused(Exception):  # noqa: N818 - reads as what happened
    """The address, the answer, the content or a budget stands against using a source.

    :param slug: stable name of the reason
    :param message_zh: text for a data officer, without credentials
    :param message_en: the same in English
    """

    def __init__(self, slug: str, message_zh: str, message_en: str):
        super().__init__(f"{slug}: {message_en}")
        self.slug = slug
        self.message_zh = message_zh
        self.message_en = message_en


def safe_url(url: str) -> str:
    """An address fit for messages and logs: no user name, no password, no query, no fragment."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "…"
    place = f"[{host}]" if ":" in host else host
    return (
        f"{parts.scheme}://{place}{f':{port}' if port else ''}{parts.path}" + ("?…" if parts.query else "")
        if parts.scheme in ("http", "https")
        else f"{parts.scheme or '?'}:…"
    )


_KINDS_ZH = {
    "loopback": "本机地址",
    "private": "不属于该节点网络的内网地址",
    "link-local": "链路本地地址",
    "metadata": "云主机元数据地址",
    "multicast": "组播地址",
    "unspecified": "未指定地址",
    "reserved": "保留地址",
    "carrier-grade NAT": "运营商级NAT地址",
    "embedded IPv4": "内嵌IPv4的IPv6地址",
    "invalid": "无效地址",
}


def address(host: str, kind: str) -> FetchRefused:
    """Its host lies where harvests do not go.

    :param kind: as `addresses.refusal` names it
    """
    return FetchRefused(
        "address_refused",
        f"来源主机“{host}”的地址不允许访问（{_KINDS_ZH.get(kind, kind)}）。"
        "内网地址须在所属网络的地址段内，请联系平台运维人员登记。",
        f'The address of host "{host}" may not be connected to ({kind}). A private address must lie in the '
        "ranges of the exchange point's network: ask the operators to add it.",
    )


def encoding_unknown(encoding: str) -> FetchRefused:
    """It packs its content in a way that was not asked for."""
    return FetchRefused(
        "encoding_unknown",
        f"来源返回了不支持的压缩方式“{encoding[:40]}”，请使用gzip或不压缩。",
        f'The source answers in the encoding "{encoding[:40]}": use gzip or none.',
    )


def encoding_broken() -> FetchRefused:
    """The refusal of a body that does not unpack."""
    return FetchRefused(
        "encoding_broken",
        "来源返回的压缩内容已损坏或不完整，请稍后重试；如仍失败，请联系来源系统维护人员。",
        "The packed content of the source is broken or cut off: try again later, then tell its maintainers.",
    )


def account_unknown(name: str) -> FetchRefused:
    """The point names an account that the configuration does not know."""
    return FetchRefused(
        "account_unknown",
        f"平台配置中没有名为“{name[:60]}”的访问凭据，请联系平台运维人员登记。",
        f'The configuration knows no account "{name[:60]}": ask the operators to add it.',
    )


def account_unusable() -> FetchRefused:
    """The configuration holds an account in another form than ``<origin> <header>: <value>``."""
    return FetchRefused(
        "account_unusable",
        "平台配置中的访问凭据格式不正确，请联系平台运维人员。",
        "The account in the configuration has a wrong form: tell the operators.",
    )


def bad_url() -> FetchRefused:
    """It is no proper address."""
    return FetchRefused(
        "url_invalid",
        "来源地址格式不正确，请填写完整地址，例如 https://data.example.gov.cn/data.json。",
        "This is no proper address: give it in full, for example https://data.example.gov.cn/data.json.",
    )


def bad_status(status: int, url: str) -> FetchRefused:
    """It answers with a status other than 200."""
    return FetchRefused(
        "http_status",
        f"来源地址 {safe_url(url)} 返回状态 {status}，请检查地址是否有效、来源系统是否正常。",
        f"{safe_url(url)} answers with status {status}: check the address and the source.",
    )


def tls() -> FetchRefused:
    """It has no valid certificate."""
    return FetchRefused(
        "tls",
        "来源的HTTPS证书无效或无法建立安全连接，请联系来源系统维护人员更换证书。",
        "The source has no valid certificate or cannot speak TLS: tell its maintainers.",
    )


def name_unknown(url: str) -> FetchRefused:
    """Its host has no address."""
    return FetchRefused(
        "name_unknown",
        f"无法解析来源主机名（{safe_url(url)}），请检查地址或域名解析。",
        f"The name of the host cannot be resolved ({safe_url(url)}): check the address.",
    )


def unreachable(url: str) -> FetchRefused:
    """Nobody answers there."""
    return FetchRefused(
        "unreachable",
        f"无法连接来源 {safe_url(url)}，请检查来源系统和网络。",
        f"{safe_url(url)} cannot be reached: check the source and the network.",
    )


def cut_off(url: str) -> FetchRefused:
    """The connection broke off."""
    return FetchRefused(
        "cut_off",
        f"读取 {safe_url(url)} 时连接中断，内容不完整。",
        f"The connection to {safe_url(url)} broke off before the end.",
    )


def stalled(seconds: float) -> FetchRefused:
    """It does not get ahead."""
    return FetchRefused(
        "stalled",
        f"来源在 {seconds:g} 秒内没有有效进展，已停止读取。",
        f"The source made no progress for {seconds:g} seconds; reading stopped.",
    )


def too_slow(seconds: float) -> FetchRefused:
    """It takes too long in all."""
    return FetchRefused(
        "too_slow",
        f"读取来源超过 {seconds:g} 秒，已停止。",
        f"Reading the source took more than {seconds:g} seconds; it was stopped.",
    )


def too_large(limit: int) -> FetchRefused:
    """It is larger than its budget.

    :param limit: bytes
    """
    text = f"{limit / 1024 / 1024:.0f} MB" if limit >= 1 << 20 else f"{limit} B"
    return FetchRefused(
        "too_large",
        f"来源内容超过上限 {text}，已停止读取；请缩小内容，或请平台运维人员调整上限。",
        f"The source is larger than {text}; reading stopped. Make it smaller or have the limit raised.",
    )


def too_many_redirects(limit: int) -> FetchRefused:
    """It leads from address to address."""
    return FetchRefused(
        "too_many_redirects",
        f"来源地址重定向超过{limit}次，请填写最终地址。",
        f"The address redirects more than {limit} times: give the final address.",
    )


def headers_too_large() -> FetchRefused:
    """Its headers are larger than their budget."""
    return FetchRefused(
        "headers_too_large",
        "来源返回的响应头过大，已停止读取。",
        "The headers of the answer are too large; reading stopped.",
    )


def database_slow(view: str = "") -> FetchRefused:
    """A view takes too long to read.

    :param view: its name, where it is known
    """
    zh, en = (f"的视图“{view}”", f" (view {view})") if view else ("", "")
    return FetchRefused(
        "too_slow",
        f"读取前置库{zh}超过时限，已停止；请在节点设置中指定排序字段（key）或增量字段（watermark），或缩小视图。",
        f"Reading the database{en} took too long and was stopped: set a key or a watermark, or make the view smaller.",
    )
