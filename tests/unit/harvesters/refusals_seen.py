"""What a refused download looks like."""

from __future__ import annotations

import pytest

from ckanext.govshare.harvesters.http import FetchRefused


def refused(session, url, target):
    """Slug of the refusal; there is no file, and the text is Chinese too."""
    with pytest.raises(FetchRefused) as caught:
        session.download(url, target)
    assert not target.exists()
    assert any("\u4e00" <= char <= "\u9fff" for char in caught.value.message_zh)
    return caught.value.slug


def refuses(slug, what):
    """Assert that a call is refused for this reason, in Chinese too."""
    with pytest.raises(FetchRefused) as caught:
        what()
    assert caught.value.slug == slug
    assert any("\u4e00" <= char <= "\u9fff" for char in caught.value.message_zh)
