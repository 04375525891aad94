"""How well labelled turns are read: exactly, by acts and values (F1), how many do harm, how many are asked back."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

Meaning = tuple[str, str, str]
Document = Mapping[str, Any]

ENDING = frozenset({"cancel", "start_over", "withdraw", "erase"})
STORING = frozenset({"set", "standing", "purpose"})
_SOCIAL: Meaning = ("social", "", "")


@dataclass(frozen=True, slots=True)
class Counts:
    """Sums over turns; `values_*` count what is set alone."""

    turns: int = 0
    exact: int = 0
    hit: int = 0
    said: int = 0
    meant: int = 0
    values_hit: int = 0
    values_said: int = 0
    values_meant: int = 0
    harmful: int = 0
    asked: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    def __str__(self) -> str:
        return (
            f"exact {_share(self.exact, self.turns)}  act F1 {_share(2 * self.hit, self.said + self.meant)}  "
            f"slot F1 {_share(2 * self.values_hit, self.values_said + self.values_meant)} "
            f"(P {_share(self.values_hit, self.values_said)} R {_share(self.values_hit, self.values_meant)})  "
            f"harmful {self.harmful}  asked back {self.asked}  n {self.turns}"
        )


def score(turn: Document, output: Document) -> Counts:
    """One turn's counts, against the label or the alternative that comes nearest."""
    state = turn["state"]
    taken = meanings(output.get("acts"), state)
    said = meanings([*(output.get("acts") or []), *(output.get("asks") or [])], state)
    fair = [meanings(acts, state) for acts in [turn["acts"], *turn.get("alt", [])]]
    meant = max(fair, key=lambda acts: _f1(len(acts & said), len(said), len(acts)))
    hit, given, wanted = (sum(act[0] == "set" for act in acts) for acts in (said & meant, said, meant))
    known = {("set", field, _plain(value, field)) for field, value in state.get("draft", {}).items()}
    harm = any(_is_harmful(act, state) for act in taken - known - set().union(*fair))
    return Counts(
        1, said in fair, len(said & meant), len(said), len(meant), hit, given, wanted, harm, bool(output.get("asks"))
    )


def meanings(acts: Iterable[Document] | None, state: Document) -> set[Meaning]:
    """A set of acts; what comes to the same is the same, and a greeting beside other acts is none."""
    found: set[Meaning] = set()
    for item in acts or ():
        act, field, value = item.get("act", ""), item.get("field") or "", item.get("value", item.get("about"))
        if state["step"] == "student" and act in {"affirm", "deny"}:
            act, value = "standing", "student" if act == "affirm" else "researcher"
        if state["step"] == "confirm" and act == "affirm":
            act, field, value = "set", state["asked"], state.get("doubt", "")
        found.add((act, field, "" if value is None else _plain(value, field)))
    return found - {_SOCIAL} if len(found) > 1 else found


def _is_harmful(act: Meaning, state: Document) -> bool:
    return act[0] in ENDING | STORING or (act[0] == "affirm" and state["step"] == "review")


def _plain(value: object, field: str) -> str:
    text = re.sub(r"\s*,?\s*[\r\n]+\s*", ", ", unicodedata.normalize("NFC", str(value)).strip())
    text = re.sub(r"\s+", " ", text)
    return text.casefold() if field in {"email", "applicant_email"} else text


def _f1(hit: int, said: int, meant: int) -> float:
    return 2 * hit / (said + meant) if said + meant else 1.0


def _share(part: int, of: int) -> str:
    return f"{part / of:.3f}" if of else "-"
