from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bot.request.request_id import ALPHABET, cut_request_ids, new_request_id, parse_request_id

seeds = st.integers(0, 10**9)


def made(seed: int) -> str:
    return new_request_id("4DME", Random(seed).randrange)


def test_an_id_has_its_prefix_and_no_look_alikes() -> None:
    request_id = made(1)
    assert request_id.startswith("4DME-")
    assert not set("01OIL") & set(request_id.removeprefix("4DME-"))


@given(seeds)
def test_an_id_is_read_in_any_case_with_or_without_dashes(seed: int) -> None:
    request_id = made(seed)
    bare = request_id.replace("-", "")
    for typed in (request_id, request_id.lower(), bare, bare.lower(), bare[4:], f"  {bare.replace('4DME', '4dme ')} "):
        assert parse_request_id("4DME", typed) == request_id


@given(seeds, st.integers(0, 9), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(seed: int, position: int, wrong: str) -> None:
    characters = list(made(seed).replace("-", "")[4:])
    if characters[position] != wrong:
        characters[position] = wrong
        assert parse_request_id("4DME", "".join(characters)) is None


@given(seeds, st.integers(0, 8))
def test_two_swapped_characters_are_noticed(seed: int, position: int) -> None:
    c = list(made(seed).replace("-", "")[4:])
    if c[position] != c[position + 1]:
        c[position], c[position + 1] = c[position + 1], c[position]
        assert parse_request_id("4DME", "".join(c)) is None


@given(st.text(max_size=40))
def test_whatever_is_read_is_written_in_one_form(text: str) -> None:
    request_id = parse_request_id("4DME", text)
    assert request_id is None or parse_request_id("4DME", request_id) == request_id


def test_an_id_is_found_in_a_sentence() -> None:
    request_id = made(7)
    assert cut_request_ids("4DME", f"what about {request_id.lower()}, please?") == (
        (request_id,),
        "what about  , please?",
    )
    assert cut_request_ids("4DME", "what about 4DME-AAAAA-AAAAA?") == ((), "what about 4DME-AAAAA-AAAAA?")
    assert cut_request_ids("4DME", "where is my request?") == ((), "where is my request?")
