import pytest

from bot.model.people import Field
from bot.understanding.cleaning import clean


@pytest.mark.parametrize(
    ("field", "typed", "printed"),
    [
        (Field.NAME, "Prof. Dr.-Ing. habil. Ulrike Brandt", "Ulrike Brandt"),
        (Field.NAME, "jim baker", "Jim Baker"),
        (Field.NAME, "VIRTANEN, Anna", "Anna Virtanen"),
        (Field.NAME, "王伟教授", "王伟"),
        (Field.NAME, "Harald Lund, PhD", "Harald Lund"),
        (Field.TITLE, "assoc. prof.", "Associate Professor"),
        (Field.TITLE, "a senior lecturer", "Senior Lecturer"),
        (Field.AFFILIATION, "the University of Oulu.", "University of Oulu"),
        (Field.EMAIL, "<A.Rahman@DU.AC.BD>;", "a.rahman@du.ac.bd"),
        (Field.ADDRESS, "Main Street 1\n90100 Oulu", "Main Street 1, 90100 Oulu"),
    ],
)
def test_a_value_is_brought_into_the_form_that_is_printed(field: Field, typed: str, printed: str) -> None:
    assert clean(field, typed) == printed


@pytest.mark.parametrize(
    ("field", "typed"), [(Field.NAME, "+358 40 123"), (Field.NAME, "a@b.fi"), (Field.EMAIL, "anna at")]
)
def test_what_looks_like_no_value_is_none(field: Field, typed: str) -> None:
    assert clean(field, typed) is None
