"""Translations; the package exists so that CKAN finds them in every kind of installation."""
