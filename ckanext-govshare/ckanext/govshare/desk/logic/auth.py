"""Who may call the actions of the desk room: members of departments; each sees what is theirs."""

from __future__ import annotations

from ckanext.govshare.logic.auth import only_members

__all__ = ["govshare_desk_summary", "govshare_form_entries", "govshare_todo_list"]

govshare_desk_summary = only_members
govshare_form_entries = only_members
govshare_todo_list = only_members
