"""Stored documents <-> frozen dataclasses: plain JSON values, instants in ISO 8601, accounts as `slack:T/U`."""

from collections.abc import Mapping
from typing import Any, TypeVar

from cattrs.preconf.json import make_converter

from bot.model.identity import Account

T = TypeVar("T")
JsonObject = dict[str, Any]

_converter = make_converter(omit_if_default=True, forbid_extra_keys=True)
_converter.register_unstructure_hook(Account, str)
_converter.register_unstructure_hook_func(lambda kind: kind == JsonObject, lambda document: document)
_converter.register_structure_hook(Account, lambda text, _: Account.parse(text))


def to_json(value: object) -> JsonObject:
    """A dataclass as dicts, lists, strings and numbers; what is at its default is left out."""
    document: JsonObject = _converter.unstructure(value)
    return document


def from_json(document: Mapping[str, Any], kind: type[T]) -> T:
    """Read a value that `to_json` wrote. Raises cattrs.BaseValidationError if the document is not of that kind."""
    return _converter.structure(document, kind)
