"""Errors that every room may raise; views turn them into pages, the API into JSON."""

from __future__ import annotations

import ckan.plugins.toolkit as tk


class Refused(tk.ValidationError):
    """A request that a rule refuses, with a stable slug beside the text.

    :param slug: stable name of the reason
    :param field: the field that the reason is about
    :param message: text in the reader's language
    """

    def __init__(self, slug: str, field: str, message: str):
        super().__init__({field: [message]}, {field: message})
        self.slug = slug
