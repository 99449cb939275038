"""govshare: catalogue, sharing and opening of government information resources on CKAN 2.12."""
