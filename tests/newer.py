"""A newer version of the 4DME LA, made up for tests: what the licensor's next text may look like. Never released."""

import hashlib
import shutil
from pathlib import Path

from bot.agreement.agreement import DATASETS, Dataset, load_dataset

OLD, NEW = "29.04.2026", "01.02.2027"
CHANGES = (
    ("v.29.04.2026", "v.01.02.2027"),
    ("2. Distribution and publications", "2. Publications and distribution"),
    (
        "any possible trait of personal info (e.g., city, university, etc).\n",
        "any possible trait of personal info (e.g., city, university, etc).\n"
        "- D. delete the face photos that were not used.\n",
    ),
    ("related to commercial plans, etc.)", "related to commercial plans, etc.). It ends with the challenge."),
)
LATE = "8. Deletion\n\nThe user shall delete the database when the work with it has ended.\n\n"
SIGN = "If you read and agree with this LA, please sign here:"


def newer_text() -> str:
    text = (DATASETS / "4dme" / OLD / "agreement.txt").read_text(encoding="utf-8")
    for before, after in CHANGES:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text.replace(SIGN, LATE + SIGN)


def newer_folder(folder: Path) -> Path:
    """The dataset's folder, copied, with the newer version in it; gives the folder of that version."""
    copy = Path(shutil.copytree(DATASETS / "4dme", folder / "4dme"))
    new = Path(shutil.copytree(copy / OLD, copy / NEW))
    text = newer_text()
    (new / "agreement.txt").write_text(text, encoding="utf-8")
    (new / "source.md").write_text(text, encoding="utf-8")
    settings = (new / "agreement.toml").read_text(encoding="utf-8")
    settings = settings.replace(f'version = "{OLD}"', f'version = "{NEW}"').replace(
        '"7-warranty", ', '"7-warranty", "8-deletion", '
    )
    old_digest = hashlib.sha256((copy / OLD / "agreement.txt").read_bytes()).hexdigest()
    settings = settings.replace(old_digest, hashlib.sha256(text.encode()).hexdigest())
    (new / "agreement.toml").write_text(settings, encoding="utf-8")
    answers = (copy / "answers.toml").read_text(encoding="utf-8")
    own = [unit for unit in answers.split("[[unit]]\n")[1:] if OLD in unit]
    plain = next(line for line in answers.splitlines() if line.startswith("preamble = "))
    sentences = f'[clauses]\n{plain}\n8-deletion = "When the work has ended, delete the database."\n'
    written = sentences + "".join(f"\n[[unit]]\n{unit}" for unit in own)
    (new / "answers.toml").write_text(written.replace(OLD, NEW), encoding="utf-8")
    return new


def newer_dataset(folder: Path) -> Dataset:
    """The dataset with both versions; the older one is in force."""
    newer_folder(folder)
    return load_dataset(folder / "4dme")
