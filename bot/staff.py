"""What staff can say to the desk: a table of commands, and how words become one of them.

PURE, and the file's law: a command that is not in `COMMANDS`, or not for that role, does not exist for whoever says it:
its words go to the dialogue that everybody has.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.ids import parse_request_id
from bot.model import RequestId, Role


class Takes(StrEnum):
    """What follows a command's name."""

    NOTHING = "nothing"
    REQUEST = "request"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class DeskCommand:
    """A command: its name (also of its words in the texts, `desk.command.NAME`), other ways to say it, and who may."""

    name: str
    phrases: tuple[str, ...]
    takes: Takes
    roles: frozenset[Role]


SEES = frozenset({Role.READER, Role.STAFF, Role.OWNER})
MOVES = frozenset({Role.STAFF, Role.OWNER})

COMMANDS = (
    DeskCommand("waiting", ("what is waiting", "pending", "what's waiting"), Takes.NOTHING, SEES),
    DeskCommand("find", ("who from", "who is", "search"), Takes.WORDS, SEES),
    DeskCommand("show", ("status",), Takes.REQUEST, SEES),
)


@dataclass(frozen=True, slots=True)
class Said:
    """A command that was said, with the request it is about and the words that follow, where it takes them."""

    command: str
    request_id: RequestId | None = None
    words: str = ""


def read(text: str, role: Role, id_prefix: str) -> Said | None:
    """The command in a message; None where it is none that this role has."""
    said = " ".join(text.split()).removeprefix("/")
    for phrase, command in _by_phrase(role).items():
        if said.casefold() == phrase or said.casefold().startswith(phrase + " "):
            return _said(command, said[len(phrase) :].strip(), id_prefix)
    return None


def _by_phrase(role: Role) -> Mapping[str, DeskCommand]:
    """The role's commands by their names and phrases, longer ones first."""
    named = {phrase: c for c in COMMANDS if role in c.roles for phrase in (c.name, *c.phrases)}
    return dict(sorted(named.items(), key=lambda entry: -len(entry[0])))


def _said(command: DeskCommand, rest: str, id_prefix: str) -> Said | None:
    match command.takes:
        case Takes.NOTHING:
            return None if rest else Said(command.name)
        case Takes.WORDS:
            return Said(command.name, words=rest)
        case Takes.REQUEST:
            first, _, words = rest.partition(" ")
            request_id = parse_request_id(id_prefix, first)
            return Said(command.name, request_id, words.strip()) if request_id else None
