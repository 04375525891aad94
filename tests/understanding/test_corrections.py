import pytest

from bot.model.people import Field, Standing
from bot.understanding.corrections import corrected
from bot.understanding.state import State, Step

REVIEW = State(
    Step.REVIEW,
    standing=Standing.STUDENT,
    draft={
        Field.APPLICANT_NAME: "Johanna Lindman",
        Field.APPLICANT_EMAIL: "j.lindman@utu.if",
        Field.NAME: "Carla Ruiz Navarro",
        Field.TITLE: "Professor",
        Field.AFFILIATION: "University of Turku, Department of Computing",
        Field.EMAIL: "carla.ruiz@utu.fi",
        Field.ADDRESS: "Vesilinnantie 5, 20500 Turku, Finland",
    },
)


@pytest.mark.parametrize(
    ("said", "field", "value"),
    [
        ("the postcode should be 20014", Field.ADDRESS, "Vesilinnantie 5, 20014 Turku, Finland"),
        ("house number is 7", Field.ADDRESS, "Vesilinnantie 7, 20500 Turku, Finland"),
        ("typo in my mail, .fi not .if", Field.APPLICANT_EMAIL, "j.lindman@utu.fi"),
        ("her name without Navarro", Field.NAME, "Carla Ruiz"),
        ("delete the department", Field.AFFILIATION, "University of Turku"),
        ("my name is Lindmann", Field.APPLICANT_NAME, "Johanna Lindmann"),
        ("not Carla but Karla", Field.NAME, "Karla Ruiz Navarro"),
        ("nicht Carla, sondern Karla", Field.NAME, "Karla Ruiz Navarro"),
    ],
)
def test_a_part_is_corrected_in_the_whole_value(said: str, field: Field, value: str) -> None:
    assert [(found.field, found.text) for found in corrected(said, REVIEW)] == [(field, value)]


def test_two_values_are_swapped() -> None:
    found = {value.field: value.text for value in corrected("swap the two emails", REVIEW)}
    assert found == {Field.APPLICANT_EMAIL: "carla.ruiz@utu.fi", Field.EMAIL: "j.lindman@utu.if"}


def test_a_double_letter_goes_where_a_single_one_stands() -> None:
    state = State(Step.CONFIRM, Field.NAME, "Hanah Weis", Standing.STUDENT)
    assert corrected("with double s", state)[0].text == "Hanah Weiss"


@pytest.mark.parametrize("said", ["thank you", "two t's please", "yes, all fine", "the number is wrong"])
def test_no_editor_guesses(said: str) -> None:
    assert corrected(said, State(Step.REVIEW, draft={Field.NAME: "Otto Titta"})) == []
