"""A profile as a run needs it: the number of its clients is known, also where it says only a share of a capacity."""

from typing import Any, NamedTuple

import tomli_w

from profiles import HoldLoad, Profile, load_profile, validate

from .capacity_share import share_of

ABOUT_CAPACITY = ("of_capacity", "capacity", "from")
"""Keys of [load] that say a share of a capacity; `clients` takes their place."""


class Settled(NamedTuple):
    """A profile whose number of clients is known, the document it was made of, and what there is to say about it."""

    profile: Profile
    document: dict[str, Any]
    said: str = ""

    @property
    def text(self) -> str:
        """The document as the run folder keeps it."""
        return document_text(self.document)


def document_text(document: dict[str, Any]) -> str:
    """A profile's document as TOML: the same document gives the same bytes."""
    return tomli_w.dumps(document)


def settled_profile(path: str, overrides: list[str], only: str | None) -> Settled:
    """A profile in which a share of a capacity has been turned into clients. Raises UserError."""
    profile, document = load_profile(path, overrides, only)
    load = profile.load
    if not isinstance(load, HoldLoad) or load.of_capacity is None:
        return Settled(profile, document)
    found = share_of(profile, load)
    kept = {key: value for key, value in document["load"].items() if key not in ABOUT_CAPACITY}
    document["load"] = {**kept, "clients": found.clients}
    return Settled(validate(document, str(path)), document, found.said)
