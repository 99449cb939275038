"""Data only: forms, code lists and the JSON Schemas that check them."""
