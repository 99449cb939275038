"""The demo city 演示市: an invented city with departments, entries, files and exchange points.

Everything here is made up. Its region code 990100 is assigned to no place, its coordinates lie in an
empty stretch of desert, its telephone numbers begin with 0000, and no row speaks of a person. Whoever
judges a portal judges its content first, so the words are those a department would write; the rows are
made by seeded generators, so that every installation has the same files without keeping any of them in
the repository.
"""

from ckanext.govshare.runtime.demo.state import settings

__all__ = ["settings"]
