"""What an event says of a version of the LA that somebody was told of.

PURE.
"""

from dataclasses import dataclass
from enum import StrEnum


class Informed(StrEnum):
    """Which notice of a new version it was; `offered`: a document on it, where the older one was not sent yet."""

    TOLD = "told"
    HALFWAY = "halfway"
    LAST = "last"
    OFFERED = "offered"


@dataclass(frozen=True, slots=True)
class VersionNotice:
    """The announced version that an event is about, its text's digest, and by which route it was told."""

    version: str
    sha256: str
    step: Informed = Informed.TOLD
    route: str = ""
