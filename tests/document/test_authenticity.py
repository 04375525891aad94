"""Whether a PDF is one that this bot issued, and the very one."""

from dataclasses import replace
from io import BytesIO

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.document.authenticity import Verified, verify
from bot.model.people import Signer
from tests.forms import LONGEST, SECRET, SIGNER, form, named, press, printed

ISSUED = Verified(True, "4DME-7K3M9Q2X", 1, "29.04.2026", form().agreement.sha256, unaltered=True)


@pytest.mark.parametrize("signer", [SIGNER, LONGEST, named("प्रिया शर्मा")])
def test_a_document_is_known_for_what_was_issued(signer: Signer) -> None:
    assert verify(printed(signer).content, SECRET) == ISSUED


def test_a_document_of_another_bot_is_not_known() -> None:
    assert verify(printed(SIGNER).content, b"another secret") == Verified(issued=False)


@given(st.data())
def test_no_byte_can_be_changed(data: st.DataObject) -> None:
    content = bytearray(printed(SIGNER).content)
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    assert not verify(bytes(content), SECRET).unaltered


def test_bytes_added_to_the_end_are_seen() -> None:
    assert verify(printed(SIGNER).content + b"\n% more", SECRET) == replace(ISSUED, unaltered=False)


def test_a_copy_saved_by_another_program_is_known_and_not_taken_for_the_original() -> None:
    out = BytesIO()
    with pikepdf.open(BytesIO(printed(SIGNER).content)) as pdf:
        pdf.save(out)
    assert verify(out.getvalue(), SECRET) == replace(ISSUED, unaltered=False)


def test_names_of_one_document_do_not_prove_another() -> None:
    out = BytesIO()
    with pikepdf.open(BytesIO(printed(SIGNER).content)) as pdf:
        pdf.docinfo[pikepdf.Name("/LARequest")] = "4DME-AAAAAAAA"
        pdf.save(out)
    assert verify(out.getvalue(), SECRET) == Verified(issued=False)


@given(st.binary())
def test_any_other_file_is_not_known(content: bytes) -> None:
    assert verify(content, SECRET) == Verified(issued=False)


@pytest.mark.parametrize("info", [pikepdf.Array([1]), pikepdf.String("x"), pikepdf.Dictionary(LARequest=1)])
def test_a_file_with_odd_metadata_is_not_known(info: pikepdf.Object) -> None:
    out = BytesIO()
    with pikepdf.new() as pdf:
        pdf.trailer.Info = pdf.make_indirect(info)
        pdf.save(out)
    assert verify(out.getvalue(), SECRET) == Verified(issued=False)


def test_documents_of_a_request_are_told_apart_by_their_number() -> None:
    assert verify(press().print(replace(form(), number=2)).content, SECRET) == replace(ISSUED, number=2)
