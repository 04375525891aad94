"""What is open when a message is said: all of the dialogue that a reading depends on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.model.people import Field, Standing


class Step(StrEnum):
    """What is asked at the moment; nothing at the menu."""

    MENU = "menu"
    WHO = "who"
    STUDENT = "student"
    PURPOSE = "purpose"
    FIELD = "field"
    CONFIRM = "confirm"
    REVIEW = "review"
    ISSUED = "issued"


@dataclass(frozen=True, slots=True)
class State:
    """`asked`: the field that is open or in doubt; `doubt`: the value proposed; `draft`: what is known so far."""

    step: Step = Step.MENU
    asked: Field | None = None
    doubt: str = ""
    standing: Standing | None = None
    draft: Mapping[Field, str] = field(default_factory=dict)


def state_of(document: Mapping[str, Any]) -> State:
    """The state as the labelled turns write it. Raises ValueError for an unknown step or field."""
    asked, standing = document.get("asked"), document.get("standing")
    return State(
        Step(document["step"]),
        Field(asked) if asked else None,
        document.get("doubt") or "",
        Standing(standing) if standing else None,
        {Field(name): value for name, value in (document.get("draft") or {}).items()},
    )
