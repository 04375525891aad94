"""A saying: the id of a text, the values in it, and the choices under it.

PURE.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime

from bot.agreement.clauses import Quote
from bot.form.outcome import Problem
from bot.model.identity import Role
from bot.model.people import Field, Standing
from bot.request.events import Happened
from bot.request.request import Party
from bot.request.status import Status
from bot.texts.choice import Choice

ABOUT_VERSION = "@"
"""In the argument of an offer, between the request and the announced version that it was made for."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A choice that is offered; the argument is written on the button where the choice has no words of its own."""

    choice: Choice
    argument: str = ""


Value = str | int | datetime | Field | Status | Standing | Party | Happened | Role | Problem | tuple[Quote, ...]
"""Enum members get their words from the texts, instants their date, quotes the clause that they stand in."""


@dataclass(frozen=True, slots=True)
class Say:
    """A text by its id, the values in it, and the choices under it. `beside`: a choice for each line of its list."""

    text: str
    values: Mapping[str, Value] = attribute(default_factory=dict)
    offers: tuple[Offer, ...] = ()
    beside: tuple[Offer, ...] = ()


LISTED = "listed"
"""The requests as a mere list: nothing is to be picked."""
