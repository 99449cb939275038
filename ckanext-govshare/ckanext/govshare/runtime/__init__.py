"""The embedded stack and the console command `govshare`.

PostgreSQL, Valkey, Solr, the CKAN web process and its job worker as ordinary processes of one user, below one
folder. For an operator who has servers of his own nothing in this room is needed. docs/operations.md.
"""
