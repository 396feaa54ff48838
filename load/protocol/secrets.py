"""Secrets are written down by their names alone, wherever their values turn up."""

import os
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from profiles.templating import secret_names

Secrets = dict[str, str]
"""The values of secrets by their names."""


def secrets_in(texts: Iterable[str]) -> Secrets:
    """The secrets that these texts name as ${NAME}, as far as the environment has them."""
    names = {name for text in texts for name in secret_names(text)}
    return {name: os.environ[name] for name in sorted(names) if os.environ.get(name)}


def without_secrets(text: str, secrets: Secrets) -> str:
    """The text with each value, also as it stands in a URL, replaced by ${NAME}; the longest first."""
    forms = {
        form: name for name, value in secrets.items() for form in (quote_plus(value), quote(value), quote(value, safe=""), value)
    }
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, f"${{{forms[form]}}}")
    return text
