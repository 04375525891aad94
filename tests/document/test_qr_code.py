"""The QR code on the pages: read from pictures, and believed only with the bot's secret."""

from collections.abc import Callable

import deqr
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.document.qr_code import ScanCode
from tests.forms import LONGEST, SECRET, SIGNER, pictures, printed

CODES = st.builds(
    ScanCode,
    st.from_regex(r"[A-Z0-9]{1,8}-[0-9A-HJKMNP-TV-Z]{8}", fullmatch=True),
    st.integers(1, 99),
    st.dates().map(lambda day: day.strftime("%d.%m.%Y")),
    st.integers(1, 9),
    st.integers(1, 9),
)


def by_zxing(picture: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(picture)]


def by_zbar(picture: Image.Image) -> list[str]:
    return [str(entry.data) for code in deqr.QRdecDecoder().decode(picture) for entry in code.data_entries]


@pytest.mark.parametrize("read", [by_zxing, by_zbar])
@pytest.mark.parametrize("dpi", [100, 150, 200])
def test_every_page_is_known_by_its_code(read: Callable[[Image.Image], list[str]], dpi: int) -> None:
    for pdf in (printed(SIGNER), printed(LONGEST)):
        codes = [ScanCode.parse(text, SECRET) for picture in pictures(pdf, dpi) for text in read(picture)]
        pages = range(1, pdf.pages + 1)
        assert codes == [ScanCode("4DME-7K3M9Q2X", 1, "29.04.2026", page, pdf.pages) for page in pages]


@given(CODES, st.binary(min_size=1))
def test_a_code_reads_back_as_it_was_written(code: ScanCode, secret: bytes) -> None:
    assert ScanCode.parse(code.text(secret), secret) == code


@given(CODES)
def test_a_code_of_another_secret_is_not_believed(code: ScanCode) -> None:
    assert ScanCode.parse(code.text(b"one"), b"other") is None


@given(CODES, st.data())
def test_a_changed_character_is_not_believed(code: ScanCode, data: st.DataObject) -> None:
    text = code.text(SECRET)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ:-./").filter(lambda char: char != text[at]))
    assert ScanCode.parse(text[:at] + other + text[at + 1 :], SECRET) is None


@given(st.text())
def test_any_other_text_is_no_code(text: str) -> None:
    assert ScanCode.parse(text, SECRET) is None
