from bot.understanding.freshness import is_fresh
from bot.understanding.lexicon import FOLDER


def test_what_was_fitted_belongs_to_the_examples() -> None:
    assert is_fresh(FOLDER), "run: python -m bot.understanding.fit"
