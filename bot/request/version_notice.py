"""The reference of an event to a version of the LA that somebody was told of.

PURE.
"""

from dataclasses import dataclass
from enum import StrEnum


class Informed(StrEnum):
    """The kind of notice of a new version.

    `offered`: a document on it, where the older one was not sent yet. `called_off`: the version does not come at all.
    """

    TOLD = "told"
    HALFWAY = "halfway"
    LAST = "last"
    OFFERED = "offered"
    CALLED_OFF = "called_off"


@dataclass(frozen=True, slots=True)
class VersionNotice:
    """The announced version that an event is about, its text's digest, and by which route it was told.

    `number`: which time that version was announced, where it was called off before.
    """

    version: str
    sha256: str
    step: Informed = Informed.TOLD
    route: str = ""
    number: int = 1
