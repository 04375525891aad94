"""The renderer: its worker is ended where it must be, and replaced; the same form gives the same bytes."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.document.worker import Limits, PdfRenderer
from bot.model.errors import RenderError
from tests.forms import LONGEST, SECRET, form, named, printed

ROOT = Path(__file__).resolve().parents[2]
DIGEST = """
from tests.forms import *
from tests.forms import LONGEST, named
print(*(printed(signer).sha256 for signer in (SIGNER, LONGEST, named("प्रिया 李 محمد"))))
"""


@pytest.fixture
async def renderer() -> AsyncIterator[PdfRenderer]:
    renderer = PdfRenderer(SECRET)
    yield renderer
    await renderer.aclose()


async def test_a_form_is_printed_in_another_process(renderer: PdfRenderer) -> None:
    pdf = await renderer.render(form())
    assert pdf == printed(form().signer)


async def test_forms_asked_for_at_once_are_all_printed(renderer: PdfRenderer) -> None:
    forms = [replace(form(), number=number) for number in range(1, 6)]
    pdfs = await asyncio.gather(*map(renderer.render, forms))
    assert len({pdf.sha256 for pdf in pdfs}) == 5


async def test_a_worker_that_died_is_replaced(renderer: PdfRenderer) -> None:
    await renderer.render(form())
    assert renderer.worker_pid is not None
    os.kill(renderer.worker_pid, signal.SIGKILL)
    with pytest.raises(RenderError, match="worker ended"):
        await renderer.render(form())
    assert (await renderer.render(form())).pages == 2


async def test_a_worker_is_replaced_after_so_many_documents() -> None:
    renderer = PdfRenderer(SECRET, Limits(documents=2))
    pids = []
    for number in range(1, 5):
        await renderer.render(replace(form(), number=number))
        pids.append(renderer.worker_pid)
    assert pids[0] == pids[1] != pids[2] == pids[3]
    await renderer.aclose()


async def test_a_render_that_takes_too_long_is_ended_and_the_worker_replaced() -> None:
    renderer = PdfRenderer(SECRET, Limits(seconds=0.0))
    with pytest.raises(RenderError, match="longer than 0 s"):
        await renderer.render(form())
    assert renderer.worker_pid is None
    await renderer.aclose()


async def test_a_render_that_takes_too_much_memory_is_reported() -> None:
    renderer = PdfRenderer(SECRET, Limits(memory=1))
    with pytest.raises(RenderError):
        await renderer.render(form())
    await renderer.aclose()


async def test_a_render_that_is_given_up_frees_the_renderer(renderer: PdfRenderer) -> None:
    await renderer.render(form())
    given_up = asyncio.ensure_future(renderer.render(replace(form(), signer=LONGEST)))
    await asyncio.sleep(0)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    assert (await renderer.render(form())).pages == 2


async def test_a_value_that_cannot_be_printed_is_an_error_and_the_worker_stays(renderer: PdfRenderer) -> None:
    await renderer.render(form())
    worker = renderer.worker_pid
    with pytest.raises(RenderError) as caught:
        await renderer.render(replace(form(), signer=named("Secret Name 😀")))
    assert "Secret" not in str(caught.value)
    await renderer.render(form())
    assert renderer.worker_pid == worker


@pytest.mark.parametrize("seed", ["0", "1"])
def test_the_same_form_gives_the_same_bytes_in_any_process(seed: str) -> None:
    environment = os.environ | {"PYTHONHASHSEED": seed}
    command = [sys.executable, "-c", DIGEST]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    signers = (form().signer, LONGEST, named("प्रिया 李 محمد"))
    assert done.stdout.split() == [printed(signer).sha256 for signer in signers]


def test_forms_that_differ_give_different_bytes() -> None:
    assert printed(named("Bo Li")).sha256 != printed(named("Bo Lu")).sha256


def test_the_process_of_the_event_loop_loads_no_renderer() -> None:
    modules = "bot.document.worker, bot.document.fonts, bot.document.authenticity"
    code = f"import sys, {modules}; print({{'xhtml2pdf', 'reportlab', 'jinja2'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize(("name", "fonts"), [("Bo Li", 3), ("李晓白", 4), ("Արամ", 4)])
def test_only_the_fonts_that_a_document_needs_are_opened(name: str, fonts: int) -> None:
    code = (
        f"from tests.forms import *; printed(named({name!r})); from bot.document.fonts import opened; "
        "print(opened.cache_info())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"currsize={fonts}" in done.stdout
