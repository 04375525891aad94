"""Text id + values -> words. The words are in `templates/texts/en.toml`, whose header explains how they are written.

Texts are parsed once, before any value is known: what a person typed lands in a span as it is and can neither become
formatting nor name another value.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from bot.agreement.agreement import TEMPLATES, Agreement, Dataset
from bot.agreement.clauses import Quote
from bot.model.errors import ConfigError
from bot.model.message import BlockKind, Line, Span, Style, TextBlock
from bot.model.people import Field
from bot.texts.choice import Choice
from bot.texts.say import Offer, Say, Value

ENGLISH = TEMPLATES / "texts" / "en.toml"

_PREFIXES = {
    "- ": BlockKind.LIST,
    "1. ": BlockKind.STEPS,
    "> ": BlockKind.QUOTE,
    "| ": BlockKind.COPY,
    "=> ": BlockKind.LINK,
}
_PART = re.compile(r"\{([a-z_.]+(?::[^{}|]+\|[^{}|]+)?)\}|(\*\*)|([^{*]+|[{*])")

Template = tuple[TextBlock, ...]
"""A text as written: its spans still hold their `{names}`, each in a span of its own."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The words of one language, and what stands in them: the dataset's names, the settings, the LA's quotes."""

    templates: Mapping[str, Template]
    labels: Mapping[str, str]
    phrases: Mapping[str, tuple[str, ...]]
    field_names: Mapping[Field, tuple[str, ...]]
    words: Mapping[str, str]
    constants: Mapping[str, str]
    dataset: Dataset
    _fixed: dict[tuple[str, str], tuple[TextBlock, ...]] = field(default_factory=dict, init=False, repr=False)
    """Texts without values, once they were said: they are the same each time, in a version of the LA."""

    @property
    def agreement(self) -> Agreement:
        """The version in force: quotes are its own words."""
        return self.dataset.current

    def blocks(self, say: Say) -> tuple[TextBlock, ...]:
        """The words of a saying. Raises KeyError where the text or a value in it is missing."""
        if say.values:
            return tuple(block for template in self.templates[say.text] for block in self._filled(template, say.values))
        fixed = (self.dataset.current_version, say.text)
        if fixed not in self._fixed:
            self._fixed[fixed] = tuple(b for template in self.templates[say.text] for b in self._filled(template, {}))
        return self._fixed[fixed]

    def label(self, offer: Offer) -> str:
        """Return the label of a button: the choice's own words, or those of its subject."""
        if offer.choice is Choice.CHANGE and offer.argument:
            return self.words[f"change.{offer.argument}"]
        return self.labels[offer.choice].replace("{argument}", offer.argument)

    def word(self, value: StrEnum) -> str:
        """The words for a member of an enumeration, as `Status.EMAILED`."""
        return self.words[f"{type(value).__name__.lower()}.{value}"]

    def source(self, quote: Quote) -> str:
        """Return the place of a quote: "clause 3, Access"."""
        clause = self.agreement.clause(quote.clause)
        named = self.words.get(f"clause.{clause.id}")
        return named or self.words["clause.numbered"].format(number=clause.number, title=clause.title)

    def _filled(self, template: TextBlock, values: Mapping[str, Value]) -> Iterator[TextBlock]:
        if template.kind is BlockKind.QUOTE:
            for quote in self._quotes(template.lines[0][0].text[1:-1], values):
                yield TextBlock(BlockKind.QUOTE, ((Span(quote.text),),), self.source(quote))
            return
        if template.kind is BlockKind.LINK:
            (address, *words) = self._line(template.lines[0], values) or ()
            said = "".join(span.text for span in words).strip()
            yield TextBlock(BlockKind.LINK, ((Span(said),),), address.text)
            return
        lines = tuple(filled for line in template.lines if (filled := self._line(line, values)) is not None)
        if lines:
            yield TextBlock(template.kind, lines)

    def _quotes(self, name: str, values: Mapping[str, Value]) -> tuple[Quote, ...]:
        if name.startswith("la."):
            return (self.agreement.quotes[name.removeprefix("la.")],)
        quotes = values[name]
        assert isinstance(quotes, tuple), f"{name} is no quote of the LA"
        return quotes

    def _line(self, line: Line, values: Mapping[str, Value]) -> Line | None:
        """The line with its values; None where one of them is empty."""
        if not any(_is_name(span.text) for span in line):
            return line
        spans = tuple(
            Span(self._value(span.text[1:-1], values), span.style) if _is_name(span.text) else span for span in line
        )
        return spans if all(span.text for span in spans) else None

    def _value(self, name: str, values: Mapping[str, Value]) -> str:
        """A value in words; `{count:request|requests}` is one with what is counted behind it, "1 request"."""
        name, _, counted = name.partition(":")
        if counted:
            one, many = counted.split("|")
            count = self._value(name, values)
            return f"{count} {one if count == '1' else many}"
        if name == "dataset.current_version":
            return self.dataset.current_version
        match values[name] if name in values else self.constants[name]:
            case StrEnum() as member:
                return self.word(member)
            case datetime() as instant:
                return f"{instant:%-d %B %Y}"
            case value:
                return str(value)


def load_texts(path: Path, dataset: Dataset, settings: Mapping[str, str]) -> Texts:
    """Read the words; `settings` may stand in them as `{settings.name}`. Raises ConfigError where the file is wrong."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, OSError) as error:
        raise ConfigError(f"{path}: {error}") from error
    constants = {f"settings.{name}": value for name, value in settings.items()}
    constants |= {f"practice.{name}": value for name, value in dataset.practice.items()}
    for name in ("name", "title", "contact", "licensor", "licensor_short"):
        constants[f"dataset.{name}"] = getattr(dataset, name)
    choices = tables["choices"]
    return Texts(
        templates={name: tuple(_template(text)) for name, text in _flat(tables["texts"])},
        labels={choice: _constant(entry["label"], constants) for choice, entry in choices.items()},
        phrases={choice: tuple(entry.get("phrases", ())) for choice, entry in choices.items()},
        field_names={Field(name): tuple(names) for name, names in tables["phrases"]["field"].items()},
        words={name: _constant(word, constants) for name, word in _flat(tables["words"])},
        constants=constants,
        dataset=dataset,
    )


def quotes_used(path: Path) -> frozenset[str]:
    """The names of the LA's passages that the words in a file quote: every version has to have them."""
    return frozenset(re.findall(r"(?m)^> \{la\.([a-z_]+)\}", path.read_text(encoding="utf-8")))


def _is_name(text: str) -> bool:
    return text[0] == "{" and text[-1] == "}" and len(text) > 2


def _constant(text: str, constants: Mapping[str, str]) -> str:
    """A label with its constants; other names in it, such as `{argument}`, stay."""
    return re.sub(r"\{([a-z_.]+)\}", lambda found: constants.get(found[1], found[0]), text)


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, entry in table.items():
        if isinstance(entry, str):
            yield prefix + name, entry
        else:
            yield from _flat(entry, f"{prefix}{name}.")


def _template(text: str) -> Iterator[TextBlock]:
    for paragraph in text.strip().split("\n\n"):
        lines = paragraph.splitlines()
        kind = _PREFIXES.get(_prefix(lines[0]))
        if kind is None:
            yield TextBlock(BlockKind.PARAGRAPH, (tuple(_spans(" ".join(lines))),))
        else:
            prefix = _prefix(lines[0])
            yield TextBlock(kind, tuple(tuple(_spans(line[len(prefix) :])) for line in lines))


def _prefix(line: str) -> str:
    return next((prefix for prefix in _PREFIXES if line.startswith(prefix)), "")


def _spans(line: str) -> Iterator[Span]:
    style = Style.PLAIN
    for part in _PART.finditer(line):
        if part[2]:
            style = Style.PLAIN if style is Style.BOLD else Style.BOLD
        elif part[1]:
            yield Span(f"{{{part[1]}}}", style)
        else:
            yield Span(part[3], style)
