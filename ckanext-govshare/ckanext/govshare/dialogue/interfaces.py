"""What other plugins may add to the room."""

from __future__ import annotations

from ckan.plugins.interfaces import Interface


class IWordFilter(Interface):
    """Look at what the public writes, before a person does.

    The room's own filter reads a list of words (``dialogue.words_path``) and knows numbers of people. Another plugin
    adds what its site has: a service of the city, a model, a stricter list.
    """

    def find_words(self, text: str) -> list[str]:
        """What the reviewer should look at.

        :param text: everything that was written, one field a line; at most some thousand characters
        :returns: the words, or what they are; an empty list where there is nothing
        """
        return []
