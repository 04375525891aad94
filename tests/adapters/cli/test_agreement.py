"""`la-bot agreement announce`, `evidence` and `letters`, and what `verify` says of an older version."""

import asyncio
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.__main__ import main
from bot.app.bootstrap import build
from bot.app.config import read_settings
from bot.app.verification import Examined, dated
from bot.document.port import Pdf
from bot.model.identity import Actor, Role
from bot.request.commands import Approve, Receive
from bot.request.events import Event
from bot.request.lifecycle import apply, decide
from bot.request.query import RequestQuery
from bot.store.port import Commit, RequestWrite
from tests.adapters.cli.test_main import SIGNER
from tests.forms import pictures
from tests.newer import NEW, OLD, newer_folder
from tests.versions.test_announcement import CHANGE, DAY

ANNOUNCE = ["agreement", "announce", NEW, "--effective", "2099-01-01"]


async def approve(folder: Path) -> None:
    """Grant the license of the one request there is."""
    async with build(read_settings({}, folder)) as bot:
        (request,) = await bot.service.store.requests(RequestQuery())
        for command in (Receive(), Approve()):
            decided = decide(command, request, Actor(Role.OWNER), datetime(2026, 1, 1, tzinfo=UTC))
            assert isinstance(decided, Event)
            request = apply(request, decided)
        stored = await bot.service.store.request(request.id)
        assert stored
        await bot.service.store.commit(Commit(requests=(RequestWrite(request, stored.version),)))


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A data folder with an approved license of somebody without a chat, in a house with a newer version."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bot.app.bootstrap.DATASET", newer_folder(tmp_path).parent)
    arguments = ["--data", str(tmp_path / "kept")]
    (tmp_path / "fields.json").write_text(json.dumps({"signer": SIGNER}), encoding="utf-8")
    assert main(["render", "fields.json", "--out", "LA.pdf", *arguments]) == 0
    asyncio.run(approve(tmp_path / "kept"))
    return arguments


def test_an_announcement_is_shown_first_and_made_with_yes(kept: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ANNOUNCE, *kept]) == 1
    shown = capsys.readouterr()
    assert "licenses: 1, of which without a chat: 1" in shown.out
    assert "takes the place of version 29.04.2026 on 1 January 2099" in shown.out
    assert "add --yes" in shown.err
    assert main([*ANNOUNCE, "--yes", *kept]) == 0
    assert "Announced: version 01.02.2027, from 1 January 2099." in capsys.readouterr().out
    assert main([*ANNOUNCE, "--yes", *kept]) == 0
    assert "That was announced already" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--effective", "2026-01-01"], ["--effective", "1.1.2099"], []])
def test_a_day_too_soon_or_none_is_refused(kept: list[str], arguments: list[str]) -> None:
    try:
        code = main(["agreement", "announce", NEW, *arguments, "--yes", *kept])
    except SystemExit as error:
        code = int(error.code or 0)
    assert code == (1 if arguments == ["--effective", "2026-01-01"] else 2)


def test_a_correction_is_announced_with_its_reason_and_not_without(
    kept: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([*ANNOUNCE, "--typo-only", " ", "--yes", *kept])
    assert "say what was a slip of writing" in capsys.readouterr().err
    assert main([*ANNOUNCE, "--typo-only", "a comma was missing", "--yes", *kept]) == 0
    assert "only slips of writing are corrected: a comma was missing" in " ".join(capsys.readouterr().out.split())


def test_evidence_is_exported_and_checked(kept: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agreement", "evidence", NEW, *kept]) == 1
    assert main([*ANNOUNCE, "--yes", *kept]) == 0
    capsys.readouterr()
    assert main(["agreement", "evidence", NEW, *kept]) == 0
    file, exported = tmp_path / "evidence.json", capsys.readouterr().out
    file.write_text(exported, encoding="utf-8")
    assert json.loads(exported)["announcement"]["version"] == NEW
    check = ["agreement", "evidence", NEW, "--check", str(file), *kept]
    assert main(check) == 0
    assert capsys.readouterr().out == "the same as what is kept\n"
    file.write_text(exported.replace("2099", "2098"), encoding="utf-8")
    assert main(check) == 1
    file.write_text("[]", encoding="utf-8")
    assert main(check) == 2
    capsys.readouterr()
    assert main(["agreement", "evidence", NEW, "--csv", *kept]) == 0
    assert capsys.readouterr().out.startswith("request_id,status,")


def test_an_announcement_is_called_off_with_yes_and_can_be_made_again(
    kept: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    call_off = ["agreement", "call-off", NEW]
    assert main([*call_off, "--yes", *kept]) == 1
    assert f"version {NEW} is not announced" in capsys.readouterr().err
    assert main([*ANNOUNCE, "--yes", *kept]) == 0
    assert main([*call_off, *kept]) == 1
    shown = capsys.readouterr()
    assert f"Shall I call off version {NEW}?" in shown.out
    assert "nothing was called off yet" in shown.err
    assert main([*call_off, "--yes", *kept]) == 0
    assert f"Called off: version {NEW}." in capsys.readouterr().out
    again = [argument.replace("2099", "2098") for argument in ANNOUNCE]
    assert main([*again, "--yes", *kept]) == 0
    capsys.readouterr()
    for number, effective in (([], "2098"), (["--number", "1"], "2099"), (["--number", "2"], "2098")):
        assert main(["agreement", "evidence", NEW, *number, *kept]) == 0
        assert json.loads(capsys.readouterr().out)["announcement"]["effective_at"].startswith(effective)
    assert main(["agreement", "evidence", NEW, "--number", "3", *kept]) == 1


def test_letters_are_of_the_version_that_was_announced(
    kept: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    letters = ["agreement", "letters", NEW, "--out", str(tmp_path / "letters"), *kept]
    assert main(letters) == 1
    assert main([*ANNOUNCE, "--yes", *kept]) == 0
    assert main(letters) == 0
    (letter,) = (tmp_path / "letters").iterdir()
    assert letter.stat().st_mode & 0o777 == 0o600
    mail = letter.read_bytes()
    assert b"To: anna.virtanen@oulu.fi" in mail
    assert b"4DME-License-Agreement_29.04.2026_to_01.02.2027.pdf" in mail


def test_a_scan_of_an_older_version_is_recognised_by_its_codes(
    kept: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main([*ANNOUNCE, "--yes", *kept]) == 0
    pages = pictures(Pdf((tmp_path / "LA.pdf").read_bytes(), 2), 150)
    pages[0].save(tmp_path / "scan.pdf", save_all=True, append_images=pages[1:])
    pages[1].save(tmp_path / "photo.jpg")
    capsys.readouterr()
    assert main(["verify", str(tmp_path / "scan.pdf"), *kept]) == 0
    said = capsys.readouterr().out
    assert said.startswith("a scan of request 4DME-")
    assert said.endswith("all 2 pages recognised; what is written on the paper is not read; current\n")
    monkeypatch.setattr("adapters.cli.verify.utc_now", lambda: datetime(2099, 1, 1, tzinfo=UTC))
    assert main(["verify", str(tmp_path / "photo.jpg"), *kept]) == 1
    said = capsys.readouterr().out
    assert "ONLY page 2 of 2 recognised" in said
    assert f"version 29.04.2026 of the LA is superseded by {NEW} since 2099-01-01" in said
    assert main(["verify", str(tmp_path / "scan.pdf"), "--json", *kept]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["scanned"], found["pages"], found["genuine"], found["superseded_by"]) == ([1, 2], 2, False, NEW)


def test_from_the_day_on_questions_are_answered_by_the_new_version_and_the_doctor_names_it(
    kept: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("ask", "doctor"):
        monkeypatch.setattr(f"adapters.cli.{module}.DATASET", tmp_path / "4dme")
    assert main([*ANNOUNCE, "--yes", *kept]) == 0
    capsys.readouterr()
    before = (
        datetime(2098, 12, 31, 23, 59, tzinfo=UTC),
        f"{OLD} of the LA; {NEW} will be from 2099-01-01",
        "Distribution",
    )
    after = (datetime(2099, 1, 1, tzinfo=UTC), f"{NEW} of the LA", "Publications")
    for now, in_force, clause in (before, after):
        for module in ("ask", "doctor"):
            monkeypatch.setattr(f"adapters.cli.{module}.utc_now", lambda now=now: now)
        assert main(["doctor", *kept]) == 0
        assert f"in force is version {in_force}\n" in capsys.readouterr().out
        assert main(["ask", "May I broadcast the data?", *kept]) == 0
        assert f"clause 2, {clause}" in capsys.readouterr().out


def test_the_doctor_names_a_version_that_was_announced_and_is_not_there(
    kept: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("ask", "doctor"):
        monkeypatch.setattr(f"adapters.cli.{module}.DATASET", tmp_path / "4dme")
    assert main([*ANNOUNCE, "--yes", *kept]) == 0
    shutil.rmtree(tmp_path / "4dme" / NEW)
    assert main(["doctor", *kept]) == 1
    assert f"version {NEW} of the LA was announced, and its folder is not there" in capsys.readouterr().out


def test_a_document_of_an_older_version_is_said_to_be_one() -> None:
    found = Examined(issued=True, version="1")
    assert dated(found, [CHANGE], datetime(2026, 12, 1, tzinfo=UTC)) == found
    later = dated(found, [CHANGE], DAY)
    assert (later.superseded_by, later.superseded_at) == ("2", DAY)
