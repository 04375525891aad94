"""Clause 4's reference in the forms that people paste: text, BibTeX, RIS, CSL-JSON.

PURE. All forms say the same: authors in the LA's order, title, journal, year, and the LA's note on the version.
"""

import json

from bot.agreement.agreement import Citation


def as_text(citation: Citation) -> str:
    """The reference in one line, as clause 4 writes it (Chicago style: only the first author is inverted)."""
    (family, given), *others = citation.authors
    names = [f"{family}, {given}", *(f"{given} {family}" for family, given in others)]
    authors = names[0] if len(names) == 1 else f"{', '.join(names[:-1])}, and {names[-1]}"
    note = f" ({citation.note}.)" if citation.note else ""
    return f'{authors}. "{citation.title}." {citation.journal} ({citation.year}).{note}'


def as_bibtex(citation: Citation) -> str:
    """A BibTeX entry. The title's own capitals are kept by a second pair of braces."""
    fields = {
        "author": " and ".join(f"{family}, {given}" for family, given in citation.authors),
        "title": f"{{{citation.title}}}",
        "journal": citation.journal,
        "year": str(citation.year),
        "note": citation.note,
    }
    lines = (f"  {name:7} = {{{_tex(value)}}}," for name, value in fields.items())
    return "\n".join([f"@article{{{citation.key},", *lines, "}", ""])


def as_ris(citation: Citation) -> str:
    """A RIS record: two letters, two spaces, a hyphen, a space, the value; lines end with CR LF."""
    tags = [
        ("TY", "JOUR"),
        *(("AU", f"{family}, {given}") for family, given in citation.authors),
        ("TI", citation.title),
        ("T2", citation.journal),
        ("PY", str(citation.year)),
        ("N1", citation.note),
        ("ER", ""),
    ]
    return "".join(f"{tag}  - {value}\r\n" for tag, value in tags)


def as_csl_json(citation: Citation) -> str:
    """A CSL-JSON list with one item, as reference managers import it."""
    item = {
        "id": citation.key,
        "type": "article-journal",
        "author": [{"family": family, "given": given} for family, given in citation.authors],
        "title": citation.title,
        "container-title": citation.journal,
        "issued": {"date-parts": [[citation.year]]},
        "note": citation.note,
    }
    return json.dumps([item], ensure_ascii=False, indent=2) + "\n"


def _tex(value: str) -> str:
    return "".join(f"\\{letter}" if letter in "&%$#_" else letter for letter in value)
