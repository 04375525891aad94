"""From what was seen to what is meant: rules of the step, what things cost, and how sure is sure enough."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.model.people import Field
from bot.understanding.acts import TAKEN_AT_A_COST, Act, Kind, Reading, Span
from bot.understanding.classifying import Scored
from bot.understanding.corrections import completed, corrected, named_fields, same_as_own, without
from bot.understanding.questions import lies_in, questions
from bot.understanding.state import State, Step
from bot.understanding.tagging import Found
from bot.understanding.values import Value, values_of

_COSTLY, _STORED, _FREE = 0.72, 0.62, 0.38
"""How likely an act must be to be taken: what has no way back, what is kept, all else."""
_ASKED, _GUESSED = 0.3, 0.1
_SET, _SET_ASKED = 0.76, 0.4

_STORING = frozenset({Kind.STANDING, Kind.PURPOSE, Kind.SET})
_SAYS_NOTHING = frozenset({Kind.UNKNOWN, Kind.SOCIAL})
_SUPPOSED = _STORING | {Kind.LEADER_SIGNS, Kind.AFFIRM, Kind.DENY, Kind.CHANGE, Kind.OTHER_SIGNER} | TAKEN_AT_A_COST
_CORRECTS = re.compile(
    r"\b(?:wrong|chang\w*|correct\w*|typos?|misspel\w*|mistake|new|should|must|instead|update|replace|another|different|other|not|now|is|says|"
    r"falsch|fehler|richtig|väärin|virhe|uusi|error|mal|equivocad\w*|incorrect\w*|faux|erreur|sbagliat\w*)\b|错|改|間違|修正",
    re.IGNORECASE,
)
"""Words of a correction: once the document is issued, a value without them is only asked about."""
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
    asked = questions(text)
    acts = _one_question([act for item in scored.values() if item.probability > _GUESSED and (act := act_of(item))])
    acts = [act for act in acts if act.kind not in _SUPPOSED or not lies_in(act.evidence, asked)]
    acts = _compatible(acts, state)
    values = _values(text, found, scored, state)
    values = [value for value in values if not _is_only_asked(value, asked)]
    return _decided(acts, values, state)


def _values(text: str, found: Sequence[Found], scored: Mapping[str, Scored], state: State) -> list[Value]:
    signs = _chance(scored, "standing=signer") > max(_STORED, _chance(scored, "standing=student"))
    values = values_of(text, found, state, signs=signs and not _chance(scored, "leader_signs") > _FREE)
    values = [completed(text, value, state) for value in values]
    if state.step is Step.ISSUED and not _CORRECTS.search(text):
        values = [replace(value, confidence=min(value.confidence, 0.5)) for value in values]
    edits = corrected(text, state)
    same = [item for act, item in scored.items() if act.startswith("same=")]
    if not values and not edits and any(item.probability > _FREE for item in same):
        edits = same_as_own(state, named_fields(text, state))
    return without(values, edits)


def _chance(scored: Mapping[str, Scored], act: str) -> float:
    return scored[act].probability if act in scored else 0.0


def _is_only_asked(value: Value, asked: Sequence[Span]) -> bool:
    return value.field in (Field.TITLE, Field.AFFILIATION) and lies_in(value.span, asked)


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


def _one_question(acts: Sequence[Act]) -> list[Act]:
    """Of a question about the terms and one about the process the likelier, which has the chance of both."""
    about = [act for act in acts if act.kind is Kind.ASK]
    if len(about) < 2:
        return list(acts)
    first, second = sorted(about, key=lambda act: -act.confidence)
    if second.confidence > 0.7:
        return list(acts)
    both = replace(first, confidence=min(0.99, first.confidence + second.confidence))
    return [*(act for act in acts if act.kind is not Kind.ASK), both]


def _compatible(acts: Sequence[Act], state: State) -> list[Act]:
    """The acts without those that others of them rule out."""
    by_meaning = {(act.kind, act.value): act for act in acts}
    gone: set[tuple[Kind, str]] = set()

    def sure(kind: Kind, value: str = "") -> float:
        found = by_meaning.get((kind, value))
        return found.confidence if found else 0.0

    purposes = [act for act in acts if act.kind is Kind.PURPOSE]
    challenge = sure(Kind.PURPOSE, "challenge")
    for act in purposes:
        if (
            act.confidence < max(other.confidence for other in purposes)
            or (act.value == "research" and challenge > 0.5)
        ) and not (act.value == "challenge" and challenge > 0.5):
            gone.add((act.kind, act.value))
    if sure(Kind.STANDING, "student") > 0.5:
        gone |= {(Kind.STANDING, "signer"), (Kind.STANDING, "researcher")}
    if sure(Kind.STANDING, "signer") > 0.5 and sure(Kind.LEADER_SIGNS) < 0.5:
        gone.add((Kind.STANDING, "researcher"))
    if sure(Kind.LEADER_SIGNS) > sure(Kind.STANDING, "signer"):
        gone.add((Kind.STANDING, "signer"))
    if sure(Kind.STANDING, "signer") > sure(Kind.LEADER_SIGNS):
        gone.add((Kind.LEADER_SIGNS, ""))
    if max(sure(Kind.SHOW_TERMS), sure(Kind.CITE), sure(Kind.POSTPONE)) > sure(Kind.REQUEST):
        gone.add((Kind.REQUEST, ""))
    if state.asked is Field.TITLE:  # a position that is named there is the answer
        gone |= {(Kind.STANDING, "researcher"), (Kind.STANDING, "student")}
    if sure(Kind.REQUEST) > sure(Kind.HELP):
        gone.add((Kind.HELP, ""))
    if sure(Kind.AFFIRM) > sure(Kind.DENY):
        gone.add((Kind.DENY, ""))
    else:
        gone.add((Kind.AFFIRM, ""))
    return [act for act in acts if (act.kind, act.value) not in gone]


def _decided(acts: Sequence[Act], values: Sequence[Value], state: State) -> Reading:
    taken = [act for act in acts if act.confidence >= _needed(act, state)]
    unsure = [act for act in acts if act not in taken and _needed(act, state) > _FREE and act.confidence > _ASKED]
    taken += [value.act for value in values if value.confidence >= _SET]
    unsure += [value.act for value in values if _SET_ASKED <= value.confidence < _SET]
    fields = {act.field for act in taken if act.kind is Kind.SET}
    if fields or any(act.kind is Kind.CHANGE for act in taken):
        is_over = fields and state.step in (Step.CONFIRM, Step.REVIEW)
        drop = {Kind.AFFIRM} if is_over and (state.step is Step.REVIEW or state.asked in fields) else set()
        taken = [act for act in taken if act.kind not in drop and not (act.kind is Kind.CHANGE and act.field in fields)]
        unsure = [act for act in unsure if act.kind not in drop]
    if any(act.kind not in _SAYS_NOTHING for act in taken):
        taken = [act for act in taken if act.kind not in _SAYS_NOTHING]
    if not taken:
        unsure = [act for act in unsure if act.kind not in _SAYS_NOTHING]
        taken = [] if unsure else [_guess(acts, state)]
    return Reading(tuple(taken), tuple(unsure))


def _guess(acts: Sequence[Act], state: State) -> Act:
    """The likeliest act that costs nothing and keeps nothing, where no other is sure."""
    free = [act for act in acts if _needed(act, state) == _FREE]
    return max(free, key=lambda act: act.confidence, default=Act(Kind.UNKNOWN))


def _needed(act: Act, state: State) -> float:
    if is_costly(act, state):
        return _COSTLY
    return _STORED if act.kind in _STORING else _FREE


def is_costly(act: Act, state: State) -> bool:
    """Tell whether an act cannot be taken back, or issues the document."""
    return act.kind in TAKEN_AT_A_COST or (act.kind is Kind.AFFIRM and state.step is Step.REVIEW)
