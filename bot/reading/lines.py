"""Labelled turns as lines of JSON: {"id", "state", "says"} in, {"id", "acts", "asks"} out."""

import json
from collections.abc import Iterable, Iterator

from bot.reading.acts import Act, Kind
from bot.reading.reader import Reader
from bot.reading.state import state_of

_AS_LABELLED = {
    Kind.CC_MISSING: Act(Kind.EMAILED),
    Kind.SCAN_INCOMPLETE: Act(Kind.EMAILED),
    Kind.HAND_OVER: Act(Kind.SEND_AGAIN),
    Kind.EMAIL_DRAFT: Act(Kind.ASK, value="process"),
    Kind.OTHER_SIGNER: Act(Kind.LEADER_SIGNS),
}
"""Acts that the labelled turns have no name for, and what they call the same."""


def as_labelled(act: Act) -> dict[str, str]:
    """An act in the words of the labelled turns."""
    return _AS_LABELLED.get(act.kind, act).as_json()


def read_lines(reader: Reader, lines: Iterable[str]) -> Iterator[str]:
    """Read each turn by itself. Raises ValueError or KeyError for a line of another shape."""
    for line in lines:
        if not line.strip():
            continue
        turn = json.loads(line)
        reading = reader.read(turn["says"], state_of(turn["state"]))
        acts, asks = ([as_labelled(act) for act in part] for part in (reading.acts, reading.asks))
        yield json.dumps({"id": turn["id"], "acts": acts, "asks": asks}, ensure_ascii=False)
