"""Why staff send a request back, refuse it or take a license back: the dataset's list, and words read as reasons of it.

A reason is either the LA's word, to the letter, or CMVS's practice; what staff add in their own words is neither.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.agreement.clauses import Quote
from bot.model.people import Standing

OTHER = "other"
"""The code of a reason in the staff's own words, which stand with the persons."""

_BETWEEN = re.compile(r"\s*(?:[,;\n]|\band\b|&)\s*", re.IGNORECASE)
_OTHER = re.compile(rf"\b{OTHER}\b\s*:?\s*", re.IGNORECASE)
_NUMBER = re.compile(r"\b(?:nos?\.?\s*)?\d+\b")
_BEFORE = re.compile(
    r"^(?:because|since|reasons?|for|as|it|is|was|are|the|a|an|la|its|it's|has|that|this|[\s:\-–—])+\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason: its code, its label for staff, what else they call it, and the words that the applicant gets.

    `moves`: the desk's commands that it is a reason for. `quote`: the LA's words, None where it is CMVS's practice;
    `standing`: for whom alone they are the LA's (None: for everybody).
    """

    code: str
    label: str
    text: str
    moves: tuple[str, ...]
    phrases: tuple[str, ...] = ()
    quote: Quote | None = None
    standing: Standing | None = None

    def la_says(self, standing: Standing) -> Quote | None:
        """The LA's words for it, to somebody of that standing; None where it is practice."""
        return self.quote if self.standing in {None, standing} else None


@dataclass(frozen=True, slots=True)
class Given:
    """The reasons that staff gave: codes of the list, and their own words behind the code `other`."""

    codes: tuple[str, ...]
    words: str = ""


def load_reasons(entries: Iterable[Mapping[str, Any]]) -> tuple[Reason, ...]:
    """The `[[reasons]]` of a dataset.toml. Raises KeyError, TypeError or ValueError where one is wrong."""
    return tuple(map(_loaded, entries))


def _loaded(entry: Mapping[str, Any]) -> Reason:
    if (entry["source"] == "LA") is not ("quote" in entry) or entry["source"] not in {"LA", "practice"}:
        raise ValueError(f"reason {entry['code']}: source is LA with clause and quote, or practice")
    return Reason(
        code=entry["code"],
        label=entry["label"],
        text=entry["text"],
        moves=tuple(entry["moves"]),
        phrases=tuple(entry.get("phrases", ())),
        quote=Quote(entry["clause"], entry["quote"]) if "quote" in entry else None,
        standing=Standing(entry["standing"]) if "standing" in entry else None,
    )


def read_reasons(text: str, reasons: Sequence[Reason]) -> Given:
    """The reasons in what staff wrote, separated by commas or "and"; what is none of the list is their own words."""
    known, explicit, own = text, _OTHER.search(text), ""
    if explicit:
        known, own = text[: explicit.start()], text[explicit.end() :].strip()
    codes, left = list[str](), list[str]()
    for part in filter(None, map(_plain, _BETWEEN.split(known))):
        reason = next((r for r in reasons if _means(part, r)), None)
        codes += [reason.code] if reason else []
        if reason is None or _NUMBER.search(part):  # which page it is, too, is for the applicant
            left.append(part)
    if left and not codes:
        own = ". ".join(filter(None, (known.strip(" ,;:.-"), own)))  # a sentence of theirs is not cut at its commas
    elif left:
        own = ", ".join(filter(None, (*left, own)))
    return Given((*dict.fromkeys(codes), *([OTHER] if own else [])), own)


def _plain(part: str) -> str:
    return _BEFORE.sub("", part.strip(" .!:-–—")).strip(" .!:-–—")


def _means(part: str, reason: Reason) -> bool:
    said = " ".join(_NUMBER.sub(" ", part.casefold().replace("_", " ")).split())
    return said in {reason.code.replace("_", " "), reason.label.casefold(), *reason.phrases}
