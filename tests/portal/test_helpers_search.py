"""What pages of search ask of their helpers."""

from __future__ import annotations

import html

import ckan.plugins.toolkit as tk
import pytest
from markupsafe import escape

pytestmark = pytest.mark.usefixtures("with_plugins", "with_request_context")

TEXTS = [
    "全市公交站点的名称和经纬度。每月更新。",
    "  两端有空格  ",
    "第一段。\n\n第二段（2026年）：含 12 项；A/B、C-D，\"引号\"和'单引号'。",
    "**重点**和*斜体*、`code`、[链接](https://a.example/)",
    "# 标题\n\n正文",
    "- 一\n- 二",
    "+ 一",
    "1. 一\n2. 二",
    "1) 一",
    "标题\n===\n正文",
    "标题\n---\n正文",
    "<b>粗</b><script>alert(1)</script>",
    "A &amp; B &lt;c&gt;",
    "见 https://data.example/a_b",
    "a_b_c 和 ~~删除~~",
    "行尾两个空格  \n换行",
    "| 表 | 头 |\n|---|---|\n| 1 | 2 |",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_summary_reads_as_its_markdown_says(text: str) -> None:
    said = html.unescape(str(tk.h.markdown_extract(text, extract_length=0)))
    # Of spaces and ends of lines a browser makes one space.
    assert str(tk.h.govshare_mark(text, "", 500)).split() == str(escape(said)).split()


@pytest.mark.parametrize(
    ("resources", "most"),
    [
        (None, 0),
        ([], 0),
        ([{}], 0),
        ([{"rows": None}, {"rows": "9"}], 0),
        ([{"rows": 3}, {"rows": 12}, {"rows": 7}], 12),
    ],
)
def test_the_longest_table_is_named(resources: object, most: int) -> None:
    assert tk.h.govshare_most_rows({"resources": resources}) == most
