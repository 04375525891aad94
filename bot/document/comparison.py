"""Two versions of the LA beside each other, as text and as a web page: what changes, then the whole new text.

The words between the marks are the versions' own, to the letter. What went is marked as removed and struck through,
what came as added and underlined: nobody needs to see colours for it. Text has the marks of wdiff: [-went-] {+came+}.
"""

from collections.abc import Callable, Iterable, Mapping

from bot.agreement.diff import ClauseChange, Kind, Part, compare
from bot.document.port import Comparison
from bot.document.templates import template

_MARKS = {Part.KEPT: "{}", Part.REMOVED: "[-{}-]", Part.ADDED: "{{+{}+}}"}


def clause_changes(compared: Comparison) -> tuple[ClauseChange, ...]:
    """Return the change of each clause."""
    return compare(compared.old.clauses, compared.new.clauses)


def as_text(compared: Comparison) -> str:
    """The clauses that change; one line where none does."""
    changed = [_clause_text(change) for change in clause_changes(compared) if change.touched]
    head = f"LA {compared.old.version} -> {compared.new.version}"
    return "\n\n".join([head, *changed]) if changed else f"{head}: no clause changes"


def _clause_text(change: ClauseChange) -> str:
    marked = "".join(_MARKS[piece.part].format(piece.text) for piece in change.pieces)
    where = ", moved" if change.moved and change.kind is not Kind.SAME else ""
    what = "moved" if change.kind is Kind.SAME else f"{change.kind}{where}"
    return f"== {change.id}: {what}\n{marked}"


def as_html(compared: Comparison) -> str:
    """A page of its own, which needs nothing from anywhere."""
    return page(compared, {"regular": str, "bold": str}, faces=tuple)


def page(
    compared: Comparison, writers: Mapping[str, Callable[[str], str]], faces: Callable[[], Iterable[Mapping[str, str]]]
) -> str:
    """The HTML, each text as its writer writes it; `faces` is asked for the embedded fonts once all is written."""
    changes = [change for change in clause_changes(compared) if change.touched]
    return template("changes.html.j2").render(compared=compared, changes=changes, faces=faces, **writers)
