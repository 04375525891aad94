"""Examples as somebody would type them: empty marks filled with made-up values, states drawn that the example fits."""

import random
import re
import unicodedata
from functools import cache

from bot.model.people import Field, Standing
from bot.understanding.lexicon import FOLDER
from bot.understanding.marked import Example, Filled, Mark, fill
from bot.understanding.state import State, Step

_HAN = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_SIGNERS = (Field.NAME, Field.TITLE, Field.AFFILIATION, Field.EMAIL, Field.ADDRESS)
_OWN = (Field.APPLICANT_NAME, Field.APPLICANT_EMAIL)


@cache
def rows(name: str) -> tuple[str, ...]:
    """The lines of a list of made-up values."""
    found = (FOLDER / "values" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(row for row in found if row.strip() and not row.startswith("#"))


@cache
def _han(name: str) -> tuple[str, ...]:
    return tuple(row for row in rows(name) if _HAN.search(row))


class Inventor:
    """Makes up values and states, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311

    def turn(self, example: Example, *, anew: bool) -> tuple[Filled, State]:
        """The example with its empty marks filled, or with `anew` all of them, in a state that it fits."""
        is_han = any(isinstance(part, str) and _HAN.search(part) for part in example.parts)
        values: dict[int, tuple[str, str]] = {}
        names: dict[str, str] = {}
        for index, part in enumerate(example.parts):
            if isinstance(part, Mark) and part.label != "other" and (anew or not part.typed):
                values[index] = self._value(part.label, names, is_han=is_han)
        return fill(example, values), self.state(example)

    def state(self, example: Example) -> State:
        """One of the states that the example may be said in."""
        where, _, standing = self.dice.choice(example.where).partition("@")
        step, _, asked = where.partition(":")
        if step == "*":
            step = self.dice.choice(
                ["menu", "who", "student", "purpose", "field", "field", "confirm", "review", "issued"]
            )
        stands = self._standing(step, standing, asked)
        fields = _SIGNERS if stands is Standing.SIGNER else (*_OWN, *_SIGNERS)
        if step in ("field", "confirm"):
            return State(Step(step), Field(asked) if asked else self.dice.choice(fields), "…", stands)
        return State(Step(step), None, "", stands)

    def _standing(self, step: str, standing: str, asked: str) -> Standing | None:
        if standing:
            return Standing(standing)
        if step in ("menu", "who", "student"):
            return None
        others = [Standing.STUDENT, Standing.STUDENT, Standing.RESEARCHER]
        return self.dice.choice(others if asked.startswith("applicant") else [*others, Standing.SIGNER])

    def _value(self, label: str, names: dict[str, str], *, is_han: bool) -> tuple[str, str]:
        match label:
            case "name" | "applicant_name":
                name = self.dice.choice(_han("names") if is_han and self.dice.random() < 0.7 else rows("names"))
                names[label.removesuffix("name")] = name
                return self._typed(name), name
            case "email" | "applicant_email":
                mail = self._mail(names.get(label.removesuffix("email"), "") or self.dice.choice(rows("names")))
                return mail, mail
            case "title":
                typed, _, printed = self.dice.choice(rows("titles")).partition(" => ")
                return typed, printed or typed
            case "affiliation":
                place = self._institution(is_han=is_han)
                return place, place
            case _:
                address = self.dice.choice(
                    _han("addresses") if is_han and self.dice.random() < 0.7 else rows("addresses")
                )
                return address, address

    def _typed(self, name: str) -> str:
        chance = self.dice.random()
        return name.lower() if chance < 0.12 else name.upper() if chance < 0.15 else name

    def _mail(self, name: str) -> str:
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        parts = [re.sub(r"[^a-z]", "", part) for part in plain.split()]
        first, *_, last = [part for part in parts if part] * 2 or ["li", "ming"]
        form = self.dice.choice(
            ["{f}.{l}", "{f}.{l}", "{i}{l}", "{l}", "{f}", "{l}{n}", "{f}_{l}", "{i}.{l}", "{l}.{f}", "{f}{l}"]
        )
        box = form.format(f=first, l=last, i=first[:1], n=self.dice.randint(1, 2999))
        return f"{box}@{self.dice.choice(rows('institutions')).partition(chr(9))[0]}"

    def _institution(self, *, is_han: bool) -> str:
        chosen = self.dice.choice(_han("institutions") if is_han and self.dice.random() < 0.7 else rows("institutions"))
        name, chance = chosen.partition("\t")[2], self.dice.random()
        if chance < 0.25:
            return f"{name}, {self.dice.choice(rows('departments'))}"
        if chance < 0.4:
            return f"{self.dice.choice(rows('departments'))}, {name}"
        return name.lower() if chance < 0.47 else name
