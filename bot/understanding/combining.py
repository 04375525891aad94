"""From what was seen to what is meant: rules of the step, costs, and how sure is sure enough."""

import re
from collections.abc import Mapping, Sequence

from bot.model.people import Field
from bot.understanding.acts import TAKEN_AT_A_COST, Act, Kind, Reading
from bot.understanding.classifying import Scored
from bot.understanding.corrections import corrected, named_fields, same_as_own, without
from bot.understanding.state import State, Step
from bot.understanding.tagging import Found
from bot.understanding.values import Value, values_of

_TAKEN = 0.5
_COSTLY = 0.75
_ASKED = 0.3
_SET_TAKEN = 0.55
_SET_ASKED = 0.35
_NUMBER = re.compile(r"\W{0,2}(?:option |number |no\.? ?)?([1-4])\W{0,2}", re.IGNORECASE)
_NUMBERED: Mapping[Step, tuple[str, ...]] = {
    Step.WHO: ("standing=signer", "leader_signs", "standing=signed_already", "standing=unsure"),
    Step.PURPOSE: ("purpose=challenge", "purpose=research", "purpose=commercial"),
    Step.STUDENT: ("standing=student", "standing=researcher"),
}


def nothing() -> Reading:
    """The reading of an empty message."""
    return Reading((Act(Kind.UNKNOWN),))


def combine(text: str, found: Sequence[Found], scored: Mapping[str, Scored], state: State) -> Reading:
    """The acts of a message."""
    if (number := _NUMBER.fullmatch(text)) and (chosen := _numbered(int(number[1]), state)):
        return Reading((chosen,))
    said = [item for item in scored.values() if item.probability > _ASKED]
    signs = any(item.act == "standing=signer" and item.probability > _TAKEN for item in said)
    values = values_of(text, found, state, signs=signs)
    edits = corrected(text, state)
    if any(item.act.startswith("same=") and item.probability > _TAKEN for item in said):
        edits = edits or same_as_own(state, named_fields(text, state))
    values = without(values, edits)
    return _decided([act for item in said if (act := act_of(item))], values, state)


def _numbered(number: int, state: State) -> Act | None:
    choices = _NUMBERED.get(state.step, ())
    return act_of(Scored(choices[number - 1], 1.0, Act(Kind.UNKNOWN).evidence, 0)) if number <= len(choices) else None


def act_of(item: Scored) -> Act | None:
    """The act that a label of the corpus names; None for `same`, which an editor reads."""
    name, _, value = item.act.partition("=")
    if name == "same":
        return None
    kind = Kind(name)
    if kind is Kind.CHANGE:
        return Act(kind, Field(value), "", item.evidence, item.probability)
    return Act(kind, None, value, item.evidence, item.probability)


def _decided(acts: Sequence[Act], values: Sequence[Value], state: State) -> Reading:
    taken = [act for act in acts if act.confidence >= (_COSTLY if is_costly(act, state) else _TAKEN)]
    asked = [act for act in acts if act not in taken and is_costly(act, state)]
    taken += [value.act for value in values if value.confidence >= _SET_TAKEN]
    asked += [value.act for value in values if _SET_ASKED <= value.confidence < _SET_TAKEN]
    if any(act.kind not in (Kind.UNKNOWN, Kind.SOCIAL) for act in taken):
        taken = [act for act in taken if act.kind not in (Kind.UNKNOWN, Kind.SOCIAL)]
    if not taken and not asked:
        best = max(acts, key=lambda act: act.confidence, default=Act(Kind.UNKNOWN))
        taken = [best] if not is_costly(best, state) and best.confidence > 0.4 else [Act(Kind.UNKNOWN)]
    return Reading(tuple(taken), tuple(asked))


def is_costly(act: Act, state: State) -> bool:
    """Tell whether an act cannot be taken back, or issues the document."""
    return act.kind in TAKEN_AT_A_COST or (act.kind is Kind.AFFIRM and state.step is Step.REVIEW)
