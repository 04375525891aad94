"""The commands of the desk: their table, and reading words as one of them.

PURE, and the file's law: a command that is not in `COMMANDS`, or not for that role, does not exist for whoever says it:
its words go to the dialogue that everybody has. So do words that only look like a command: one about a request names it
by its id, any other is an exact phrase, and while their own form is under way free words need a slash before them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

from bot.model.identity import RequestId, Role
from bot.request import commands
from bot.request.events import Happened
from bot.request.lifecycle import RULES
from bot.request.request_id import cut_request_ids, parse_request_id
from bot.staff.records import STAFF_RECORDS
from bot.texts.choice import PRESSED, SURELY
from bot.versions.announcement import ANNOUNCEMENTS


class Takes(StrEnum):
    """The argument after a command's name."""

    NOTHING = "nothing"
    REQUEST = "request"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class DeskCommand:
    """A command: its name (also of its words in the texts, `desk.command.NAME`), other ways to say it, and who may.

    `move`: what it does to a request; `registers`: it makes one; `record`: what it writes besides, by the beginning of
    the key. `undoable`: for a while it can be taken back; `confirms`: it never can, so it is asked about. `shared`:
    without an id it is an applicant's own command.
    """

    name: str
    phrases: tuple[str, ...]
    takes: Takes
    roles: frozenset[Role]
    move: type[commands.Command] | None = None
    undoable: bool = False
    confirms: bool = False
    shared: bool = False
    record: str = ""
    registers: bool = False

    @property
    def audit(self) -> str:
        """The trace of the command: an event's name, or the beginning of a record's key; empty if it only asks."""
        if self.registers:
            return str(Happened.REGISTERED)
        return next((str(rule.happens) for rule in RULES if rule.command is self.move), self.record)


SEES = frozenset({Role.READER, Role.STAFF, Role.OWNER})
MOVES = frozenset({Role.STAFF, Role.OWNER})
OWNS = frozenset({Role.OWNER})

COMMANDS = (
    DeskCommand("waiting", ("what is waiting", "pending", "what's waiting"), Takes.NOTHING, SEES),
    DeskCommand("overdue", ("what is overdue", "what's overdue"), Takes.NOTHING, SEES),
    DeskCommand("find", ("who from", "who is", "search"), Takes.WORDS, SEES),
    DeskCommand("more", ("next", "next page", "show more"), Takes.NOTHING, SEES),
    DeskCommand("page", (), Takes.WORDS, SEES),
    DeskCommand("show", ("status",), Takes.REQUEST, SEES, shared=True),
    DeskCommand("stats", ("statistics", "figures", "show stats"), Takes.NOTHING, SEES),
    DeskCommand("export", ("export csv", "export requests"), Takes.NOTHING, SEES),
    DeskCommand(
        "received",
        ("receive", "has arrived", "arrived", "came in", "as received"),
        Takes.REQUEST,
        MOVES,
        commands.Receive,
    ),
    DeskCommand("approve", ("accept", "grant"), Takes.REQUEST, MOVES, commands.Approve, undoable=True),
    DeskCommand(
        "return", ("send back", "give back"), Takes.REQUEST, MOVES, commands.Return, undoable=True, shared=True
    ),
    DeskCommand("reject", ("refuse", "decline"), Takes.REQUEST, MOVES, commands.Reject, undoable=True),
    DeskCommand("revoke", ("take back",), Takes.REQUEST, MOVES, commands.Revoke, undoable=True),
    DeskCommand("undo", (), Takes.REQUEST, MOVES, commands.Undo),
    DeskCommand("reopen", ("open again",), Takes.REQUEST, MOVES, commands.Reopen),
    DeskCommand("note", ("make a note", "remark"), Takes.REQUEST, MOVES, commands.Note, shared=True),
    DeskCommand("assign", ("assign to me", "take on", "i take", "mine"), Takes.REQUEST, MOVES, commands.Assign),
    DeskCommand(
        "version",
        ("correct version", "correct the version", "la version"),
        Takes.REQUEST,
        MOVES,
        commands.CorrectVersion,
    ),
    DeskCommand("merge", ("close as duplicate",), Takes.REQUEST, MOVES, commands.Merge, confirms=True),
    DeskCommand("emailed", ("mark emailed", "as emailed"), Takes.REQUEST, MOVES, commands.MarkEmailed, shared=True),
    DeskCommand("withdraw", (), Takes.REQUEST, MOVES, commands.Withdraw, confirms=True, shared=True),
    DeskCommand("register", ("register by hand",), Takes.WORDS, MOVES, registers=True),
    DeskCommand("help", ("hi", "hello", "hey"), Takes.NOTHING, SEES, shared=True),
    DeskCommand("desk", ("what can i do", "desk help", "help desk", "staff help"), Takes.NOTHING, SEES),
    DeskCommand("who", ("who is staff", "staff list", "list staff"), Takes.NOTHING, SEES),
    DeskCommand("announce", ("announce version",), Takes.WORDS, MOVES, confirms=True, record=ANNOUNCEMENTS),
    DeskCommand(
        "call off",
        (
            "take back announcement",
            "take back the announcement",
            "cancel announcement",
            "cancel the announcement",
            "withdraw announcement",
            "withdraw the announcement",
            "change announcement",
            "change the announcement",
        ),
        Takes.WORDS,
        MOVES,
        confirms=True,
        record=ANNOUNCEMENTS,
    ),
    DeskCommand("unreached", ("who was not reached",), Takes.NOTHING, SEES),
    DeskCommand("old versions", ("which are on an old version",), Takes.NOTHING, SEES),
    DeskCommand("letter", ("email for", "mail for"), Takes.REQUEST, SEES),
    DeskCommand("informed", ("i informed", "i wrote to"), Takes.REQUEST, MOVES, commands.Inform),
    DeskCommand("stays", ("signer stays",), Takes.REQUEST, MOVES, commands.Stay),
    DeskCommand("opt out", ("signer opts out", "opts out"), Takes.REQUEST, MOVES, commands.OptOut, confirms=True),
    DeskCommand("name staff", ("make staff", "add staff"), Takes.WORDS, OWNS, record=STAFF_RECORDS),
    DeskCommand("name reader", ("make reader", "add reader"), Takes.WORDS, OWNS, record=STAFF_RECORDS),
    DeskCommand("data of", ("what is kept of", "show data of"), Takes.WORDS, MOVES),
    DeskCommand(
        "erase signer", ("forget signer",), Takes.WORDS, MOVES, move=commands.Erase, confirms=True, record="erasing/"
    ),
    DeskCommand("retention", ("what will go", "what goes when"), Takes.NOTHING, SEES),
    DeskCommand("dismiss", ("dismiss staff", "dismiss reader"), Takes.WORDS, OWNS, record=STAFF_RECORDS),
)
BY_NAME = {command.name: command for command in COMMANDS}
GROUPS = {
    "look": ("waiting", "overdue", "find", "more", "page", "show", "stats", "export"),
    "decide": ("received", "approve", "return", "reject", "undo", "revoke", "reopen"),
    "keep": ("register", "emailed", "withdraw", "note", "assign", "version", "merge"),
    "change": ("announce", "call off", "unreached", "old versions", "letter", "informed", "stays", "opt out"),
    "rights": ("data of", "erase signer", "retention"),
    "team": ("desk", "help", "who", "name staff", "name reader", "dismiss"),
}
"""The commands by what people do with them, as `desk` shows them; each heading is `desk.group.…` in the texts."""


@dataclass(frozen=True, slots=True)
class Said:
    """A command that was said, with the request it is about (None: none was named) and the words that follow.

    `others`: further requests that were named. `surely`: it was asked about, and confirmed. `it`: none was named, or
    as "it": the one that was just seen may be meant.
    """

    command: str
    request_id: RequestId | None = None
    words: str = ""
    others: tuple[RequestId, ...] = ()
    surely: bool = False
    it: bool = False


def read(text: str, role: Role, id_prefix: str, *, in_form: bool = False) -> Said | None:
    """The command in a message; None where it is none that this role has. `in_form`: their own form is under way."""
    typed = text.strip()
    slashed, surely = typed.startswith("/"), typed.casefold().endswith(f" {SURELY}")
    typed = typed.removeprefix("/")[: -len(SURELY) if surely else None].strip()
    ids, rest = cut_request_ids(id_prefix, typed)
    for command, pattern in _patterns(role):
        found = pattern.match(rest if command.takes is Takes.REQUEST else typed)
        if not found:
            continue
        words = found["words"].strip()
        match command.takes:
            case Takes.NOTHING if not words.strip("?!. ") and not (command.shared and in_form):
                return Said(command.name)
            case Takes.WORDS if slashed or not in_form:
                return Said(command.name, words=words, surely=surely)
            case Takes.REQUEST if (said := _about_request(command, ids, words, id_prefix)) and (ids or not in_form):
                return replace(said, surely=surely)
    return Said("show", ids[0]) if len(ids) == 1 and not rest.strip(" .?!") and role in BY_NAME["show"].roles else None


def settles(choice: str) -> bool:
    """Return whether a pressed button of the desk did something, and need not be pressed again."""
    said = choice.removeprefix(PRESSED)
    moves = (name for name, command in BY_NAME.items() if command.audit)
    return choice.startswith(PRESSED) and any(said == name or said.startswith(name + " ") for name in moves)


def _about_request(command: DeskCommand, ids: tuple[RequestId, ...], words: str, id_prefix: str) -> Said | None:
    if ids:
        return Said(command.name, ids[0], words, ids[1:])
    first, _, more = words.partition(" ")
    if request_id := parse_request_id(id_prefix, words) or parse_request_id(id_prefix, first):
        return Said(command.name, request_id, "" if parse_request_id(id_prefix, words) else more.strip())
    finds = command.move is not commands.Undo  # which knows what was decided last
    if it := _IT.match(words):
        return Said(command.name, None, words[it.end() :].strip(), it=finds)
    if re.search(rf"\b{re.escape(id_prefix)}[\s\-–—_]?[0-9A-Z]{{3}}", words, re.IGNORECASE):
        return Said(command.name)  # an id with a slip in it
    return None if words or command.shared else Said(command.name, it=finds)


_IT = re.compile(r"(?:it|(?:this|the|that) (?:request|license|one)|this|that)(?![\w'’-])[\s,:;.!]*", re.IGNORECASE)
"""Words for a request that was just seen; the desk knows which one that is."""
_POLITE = r"[\s,:;]*(?:(?:please|pls|kindly)[\s,]+)?"
_ASKING = r"[\s,:;]*(?:(?:please|pls|kindly|ok|now|i|we|let us|let's|mark|set|(?:can|could|would|will) you)[\s,]+)*"


@cache
def _patterns(role: Role) -> tuple[tuple[DeskCommand, re.Pattern[str]], ...]:
    """The role's commands, a pattern for each way to say it, longer ones first."""
    return tuple(sorted(_spoken(role), key=lambda entry: -len(entry[1].pattern)))


def _spoken(role: Role) -> Iterator[tuple[DeskCommand, re.Pattern[str]]]:
    for command in COMMANDS:
        before = _ASKING if command.takes is Takes.REQUEST else _POLITE
        for phrase in (command.name, *command.phrases) if role in command.roles else ():
            spoken = r"\s+".join(map(re.escape, phrase.split()))
            yield command, re.compile(rf"{before}{spoken}(?![\w'’-])[ ,:;]*(?P<words>.*)", re.IGNORECASE | re.DOTALL)
