import pytest

from bot.understanding.spoken import written


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("anna dot koski at tuni dot fi", "anna.koski@tuni.fi"),
        ("mlopez (at) cs.uam.es", "mlopez@cs.uam.es"),
        ("r underscore silva 12 at ufmg dot br", "r_silva12@ufmg.br"),
        ("pedro.ruiz arroba unam punto mx", "pedro.ruiz@unam.mx"),
        ("h.meier [at] tum [dot] de", "h.meier@tum.de"),
    ],
)
def test_an_address_that_is_spelt_out_is_written_as_one(said: str, address: str) -> None:
    assert written(said) == address


def test_the_words_around_a_spelt_address_stay() -> None:
    assert written("it is li dot na at pku dot edu dot cn, thanks") == "it is li.na@pku.edu.cn, thanks"


@pytest.mark.parametrize("text", ["I work at Oulu", "look at the form. It is wrong", "x@y.fi at noon"])
def test_other_words_are_no_address(text: str) -> None:
    assert written(text) == text
