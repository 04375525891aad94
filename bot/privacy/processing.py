"""The record of processing activities (GDPR Art. 30), as far as the code and the settings know it."""

from collections.abc import Iterator

from bot.privacy.rights import told
from bot.privacy.stored_fields import KEPT, STORED, Category
from bot.texts.catalogue import Texts
from bot.texts.say import Say


def record_of_processing(texts: Texts, basis: str, where: str, *, encrypted: bool) -> Iterator[Say]:
    """The record as sayings. `basis`: the legal basis in the controller's words; `where`: what it is stored in.

    `encrypted`: whether keys are set, with which persons are stored.
    """
    yield Say("processing.head", {"basis": basis or texts.words["processing.no_basis"], "where": where})
    for category in Category:
        paths = [path for row in STORED if row.category is category for path in row.paths()]
        whose = ", ".join(texts.words[f"whose.{whose}"] for whose in KEPT[category].whose)
        yield Say("processing.category", told(texts, category) | {"whose": whose, "fields": ", ".join(paths)})
    at_rest = texts.words["processing.encrypted" if encrypted else "processing.in_clear"]
    yield Say("processing.rest", {"at_rest": at_rest})
