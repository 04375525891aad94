"""What hostile values can do to the worker and its files: nothing."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.document.fonts import unprintable
from bot.model.errors import RenderError
from tests.forms import SIGNER, folded, named, printed, text_by_pdfium

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = (
    '<img src="/etc/passwd">',
    '<img src="file:///etc/hostname">',
    '<img src="http://127.0.0.1:9/x.png">',
    '"><link rel="stylesheet" href="http://127.0.0.1:9/x.css">',
    "<style>@import url(/etc/passwd);</style>",
    "<style>@font-face{font-family:x;src:url(/etc/passwd)}</style>",
    "<style>@page{background-image:url(/etc/passwd)}</style>",
    '<pdf:font src="/etc/passwd" name="x">',
    '<pdf:insertpdf src="/etc/passwd">',
    '<pdf:nextpage><pdf:toc><pdf:barcode value="x">',
    '<svg><image href="/etc/passwd"/></svg>',
    "</style></head></html><script>alert(1)</script>",
    "{{ agreement.__class__ }}{% include '/etc/passwd' %}",
    "&lt;b&gt; &amp; &#x3c; ]]> <!-- -->",
    "') Tj ET endstream endobj (",
    "%PDF-1.7 /JavaScript (app.alert(1)) /LABytesCode (0)",
    "../../../../etc/passwd",
    "x" * 100,
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
)
AUDITED = """
import sys
from tests.forms import SIGNER, named, printed
from tests.document.test_pdf_safety import HOSTILE
printed(SIGNER), printed(named("प्रिया 李 محمد"), fast=False)
seen = []
WATCHED = ("socket.connect", "socket.getaddrinfo", "urllib.Request", "subprocess.Popen", "os.system", "os.listdir")
def hook(event, arguments):
    if watching and (event in WATCHED or event == "open" and not str(arguments[0]).startswith(ALLOWED)):
        seen.append((event, str(arguments)[:200]))
ALLOWED = ("/tmp/", sys.prefix, sys.base_prefix)
watching = True
sys.addaudithook(hook)
for value in HOSTILE:
    printed(named(value), fast=False)
watching = False
print(len(HOSTILE), "printed", seen)
"""


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("fast", [True, False])
def test_hostile_values_are_printed_as_they_are(value: str, fast: bool) -> None:
    pdf = printed(named(value), fast=fast)
    assert pdf.pages == 2
    assert folded(value) in folded(text_by_pdfium(pdf))


def test_printing_hostile_values_reads_no_file_and_calls_nobody() -> None:
    done = subprocess.run([sys.executable, "-c", AUDITED], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (f"{len(HOSTILE)} printed []\n", "")


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_value_whose_characters_have_fonts_is_printed(value: str) -> None:
    if not unprintable(value):
        assert printed(replace(SIGNER, affiliation=value)).pages == 2


@pytest.mark.parametrize("value", ["a\u202eb", "a😀b", "a\x00b", "\ud800"])
def test_a_value_that_cannot_be_printed_makes_no_pdf(value: str) -> None:
    with pytest.raises(RenderError):
        printed(named(value))


def test_values_too_long_for_a_page_make_no_pdf() -> None:
    with pytest.raises(RenderError):
        printed(replace(SIGNER, address="\n".join(["Street"] * 60)))
