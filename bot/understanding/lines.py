"""Labelled turns as lines of JSON: {"id", "state", "says"} in, {"id", "acts", "asks"} out."""

import json
from collections.abc import Iterable, Iterator

from bot.understanding.reader import Reader
from bot.understanding.state import state_of

_AS_LABELLED = {
    "cc_missing": "emailed",
    "scan_incomplete": "emailed",
    "hand_over": "send_again",
    "email_draft": "ask",
    "other_signer": "leader_signs",
}
"""Acts that the labelled turns have no name for, and what they call the same."""


def read_lines(reader: Reader, lines: Iterable[str]) -> Iterator[str]:
    """Read each turn by itself. Raises ValueError or KeyError for a line of another shape."""
    for line in lines:
        if not line.strip():
            continue
        turn = json.loads(line)
        reading = reader.read(turn["says"], state_of(turn["state"]))
        acts, asks = ([act.as_json() for act in part] for part in (reading.acts, reading.asks))
        yield json.dumps({"id": turn["id"], "acts": acts, "asks": asks}, ensure_ascii=False)
