"""Fit the reader anew from its examples: `make understanding`.

python -m bot.understanding.fit [folder of examples] [file of kept vectors] [folder of the fitted] [parts].
"""

import sys
from pathlib import Path

from bot.understanding.classifier_fit import fit_classifier
from bot.understanding.encoding import WordEncoder
from bot.understanding.freshness import digest
from bot.understanding.kept_vectors import KeptVectors
from bot.understanding.lexicon import FOLDER
from bot.understanding.marked import read_corpus
from bot.understanding.tagger_fit import fit_tagger
from bot.understanding.training import is_partial, turns


def kept_vectors() -> Path:
    """Return the file in the user's cache that keeps vectors between fittings."""
    folder = Path.home() / ".cache" / "la-bot"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "vectors.sqlite"


def main(examples: Path, kept_in: Path, fitted: Path, which: str) -> None:
    """Fit the tagger and the classifier, and write both."""
    kept = KeptVectors(kept_in, WordEncoder())
    found = turns(read_corpus(examples), seed=1, copies=1)
    fitted.mkdir(exist_ok=True)
    if "e" in which:
        for turn in reversed(found):
            kept.encode(turn.text, turn.words)
    if "c" in which:
        fit_classifier(found, kept, fitted / "acts.npz")
    if "t" in which:
        fit_tagger([turn for turn in found if not is_partial(turn.example)], kept, fitted / "values.npz")
    (fitted / "digest.txt").write_text(digest(FOLDER) + "\n", encoding="utf-8")


if __name__ == "__main__":
    arguments = [*sys.argv[1:], "", "", "", ""][:4]
    main(
        Path(arguments[0] or FOLDER / "turns"),
        Path(arguments[1] or kept_vectors()),
        Path(arguments[2] or FOLDER / "fitted"),
        arguments[3] or "ct",
    )
