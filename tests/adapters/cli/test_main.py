"""The command line as other things use it: what it prints, where, and with which exit code."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from adapters.__main__ import main
from bot.app.config import DATASET
from tests.newer import newer_folder

SIGNER = {
    "name": "Anna Virtanen",
    "title": "Professor",
    "affiliation": "University of Oulu",
    "email": "anna.virtanen@oulu.fi",
    "address": "Pentti Kaiteran katu 1\n90570 Oulu",
}
APPLICANT = {"name": "Matti Meikäläinen", "email": "matti@oulu.fi"}
FORM = ["1", "1", "1", "Anna Virtanen", "Professor", "University of Oulu", "anna.virtanen@oulu.fi"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fields(folder: Path, document: object, name: str = "fields.json") -> str:
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return str(path)


def rendered(folder: Path, capsys: pytest.CaptureFixture[str], document: object) -> dict[str, Any]:
    arguments = ["render", fields(folder, document), "--out", str(folder / "LA.pdf"), "--data", str(folder / "kept")]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    return dict(json.loads(printed))


def requests(folder: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert main(["requests", "--json", "--data", str(folder / "kept"), *arguments]) == 0
    return list(json.loads(capsys.readouterr().out))


def test_render_issues_a_request_and_prints_its_receipt(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "LA.pdf").write_text("overwritten", encoding="utf-8")
    receipt = rendered(here, capsys, {"signer": SIGNER, "applicant": APPLICANT})
    assert receipt["document"] == 1
    assert receipt["version"] == "29.04.2026"
    assert receipt["agreement_sha256"] == sha256((DATASET / "29.04.2026" / "agreement.txt").read_bytes()).hexdigest()
    assert receipt["pdf_sha256"] == sha256((here / "LA.pdf").read_bytes()).hexdigest()
    assert receipt["pages"] >= 2
    assert receipt["warnings"] == []
    (listed,) = requests(here, capsys)
    assert (listed["request_id"], listed["status"], listed["waiting_for"]) == (
        receipt["request_id"],
        "issued",
        "signer",
    )


def test_render_warns_of_what_the_chat_would_have_asked_about(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    receipt = rendered(here, capsys, {"signer": SIGNER | {"title": "postdoc", "name": "Anna"}})
    assert receipt["warnings"] == ["signer.name: one word", "signer.title: no fixed position"]


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ({"signer": SIGNER | {"email": "anna@gmail.com"}}, "signer.email: private mailbox; gmail.com"),
        ({"signer": SIGNER | {"name": "a@b.fi"}}, "signer.name: not a name"),
        ({"signer": SIGNER, "applicant": APPLICANT | {"email": SIGNER["email"]}}, "signer.email: same email"),
        ({"signer": {k: v for k, v in SIGNER.items() if k != "title"}}, "signer.title: missing"),
        ({"signer": SIGNER | {"title": 5}}, "signer.title: missing, or not a text"),
        ({"signer": SIGNER | {"phone": "1"}}, "signer.phone: not a field"),
        ({"signer": SIGNER, "purpose": "x"}, "purpose: not a field"),
        ({"signer": SIGNER, "standing": "boss"}, "standing: write student or researcher"),
        ({"applicant": APPLICANT}, "signer: missing"),
        ([], "not a JSON object"),
        ("{", "not JSON"),
    ],
)
def test_render_refuses_what_the_chat_would_refuse(
    here: Path, capsys: pytest.CaptureFixture[str], document: object, complaint: str
) -> None:
    path = fields(here, document)
    assert main(["render", path, "--out", str(here / "LA.pdf"), "--data", str(here / "kept")]) == 2
    heard = capsys.readouterr()
    assert heard.out == ""
    assert complaint in heard.err
    assert heard.err.count("\n") == 1
    assert not (here / "LA.pdf").exists()
    assert requests(here, capsys) == []


def test_render_does_many_and_all_or_none(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = json.dumps({"signer": SIGNER})
    path = fields(here, f"{good}\n\n{good}\n", "many.jsonl")
    arguments = ["render", path, "--out", str(here / "out"), "--data", str(here / "kept")]
    assert main(arguments) == 0
    receipts = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len({receipt["request_id"] for receipt in receipts}) == 2
    assert sorted(r["pdf_sha256"] for r in receipts) == sorted(
        sha256(pdf.read_bytes()).hexdigest() for pdf in (here / "out").glob("*.pdf")
    )
    fields(here, f"{good}\n" + good.replace("oulu.fi", "gmail.com"), "many.jsonl")
    assert main(arguments) == 2
    assert "line 2: signer.email" in capsys.readouterr().err
    assert len(requests(here, capsys)) == 2


def test_render_looks_at_the_way_out_first(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = fields(here, {"signer": SIGNER})
    assert main(["render", path, "--out", str(here / "no" / "LA.pdf"), "--data", str(here / "kept")]) == 2
    assert main(["render", str(here / "none.json"), "--out", "LA.pdf"]) == 2
    assert capsys.readouterr().err.count("la-bot:") == 2
    assert not (here / "kept").exists()


def test_requests_are_found_and_shown(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    request_id = rendered(here, capsys, {"signer": SIGNER})["request_id"]
    assert [r["request_id"] for r in requests(here, capsys, "--find", "VIRTANEN", "--status", "issued")] == [request_id]
    assert requests(here, capsys, "--find", "nobody") == []
    assert requests(here, capsys, "--status", "approved") == []
    kept = str(here / "kept")
    assert main(["requests", "--data", kept]) == 0
    assert capsys.readouterr().out.startswith(f"{request_id}  issued  applicant")
    assert main(["show", request_id.lower().replace("-", ""), "--json", "--data", kept]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert {"request_id", "status", "waiting_for", "since", "version", "document"} <= shown.keys()
    assert shown["persons"]["signer"] == SIGNER
    assert main(["show", request_id, "--data", kept]) == 0
    assert "persons.signer.address: Pentti Kaiteran katu 1, 90570 Oulu" in capsys.readouterr().out


def test_an_unknown_request_is_exit_1_and_no_id_exit_2(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "4DME-9B5SE-H644N", "--data", str(here)]) == 1
    assert main(["show", "4DME-9B5SE-H644M", "--data", str(here)]) == 2
    assert capsys.readouterr().err.count("\n") == 2


def test_questions_are_answered_without_a_store(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "--json", "May I sell the data?"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer.keys() == {"question", "clauses", "verdict", "text", "quotes", "unit", "confidence"}
    assert (answer["clauses"][0], answer["verdict"]) == ("1-commercial", "no")
    assert main(["ask", "May I sell the data?"]) == 0
    assert "selling data from the database" in capsys.readouterr().out
    assert list(here.iterdir()) == []


def test_questions_come_one_a_line_and_every_line_gets_its_answer(tmp_path: Path) -> None:
    lines = "May I sell it?\n\nand for a talk?\nasdf\n\x00\n"
    done = la_bot("ask", "--json", "-", folder=tmp_path, given=lines)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["question"] for answer in answers] == lines.splitlines()
    assert all(answer["text"] for answer in answers)


def test_doctor_names_what_is_wrong(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LA_BOT_STAF", "x")
    assert main(["doctor", "--data", str(here / "kept")]) == 0
    told = capsys.readouterr().out
    assert "LA_BOT_STAF is no setting" in told
    assert "LA_BOT_LEGAL_BASIS is empty" in told
    (here / "kept").mkdir()
    (here / "kept" / "journal.jsonl").write_text("not a journal\n" * 3, encoding="utf-8")
    assert main(["doctor", "--data", str(here / "kept")]) == 1
    assert "wrong  the store:" in capsys.readouterr().out


def test_a_wrong_setting_stops_the_start_and_names_itself(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / ".env").write_text("LA_BOT_STAFF=nobody\n", encoding="utf-8")
    monkeypatch.setenv("LA_BOT_RETENTION_DRAFT", "soon")
    assert main(["requests"]) == 2
    complaint = capsys.readouterr().err
    assert "LA_BOT_STAFF: 'nobody' is no account" in complaint
    assert "LA_BOT_RETENTION_DRAFT: write a whole number" in complaint


@pytest.mark.parametrize("command", ["chat", "render", "requests", "show", "ask", "verify", "doctor"])
def test_every_command_explains_itself_and_takes_data(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    assert "--data DIR" in capsys.readouterr().out


def test_wrong_use_is_exit_2() -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["fly"])
    with pytest.raises(SystemExit, match="2"):
        main(["requests", "--status", "happy"])


def test_verify_tells_what_a_pdf_is(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    request_id = rendered(here, capsys, {"signer": SIGNER})["request_id"]
    pdf, kept = here / "LA.pdf", ["--data", str(here / "kept")]
    assert main(["verify", str(pdf), *kept]) == 0
    assert capsys.readouterr().out == f"request {request_id}, document 1, LA version 29.04.2026; unaltered; current\n"
    assert main(["verify", str(pdf), "--json", *kept]) == 0
    assert json.loads(capsys.readouterr().out)["genuine"] is True
    content = pdf.read_bytes()
    pdf.write_bytes(content.replace(b"/Producer", b"/producer", 1))
    assert main(["verify", str(pdf), *kept]) == 1
    assert "ALTERED" in capsys.readouterr().out
    pdf.write_bytes(b"%PDF-1.4 of somebody else")
    assert main(["verify", str(pdf), *kept]) == 1
    assert capsys.readouterr().out == "not issued by this bot\n"


def test_verify_needs_the_secret_and_the_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "none.pdf", "--data", str(here)]) == 2
    (here / "a.pdf").write_bytes(b"%PDF")
    assert main(["verify", "a.pdf", "--data", str(here)]) == 1
    assert "no secret" in capsys.readouterr().err
    assert not (here / "secret").exists()


def test_a_superseded_document_is_told_from_the_current_one(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [*FORM, "Pentti Kaiteran katu 1, 90570 Oulu", "yes", "change a field", "title", "Group leader", "yes"]
    chatted(here, lines)
    first, second = sorted(here.glob("*.pdf"))
    for pdf, status in ((first, "superseded"), (second, "current")):
        assert main(["verify", str(pdf), "--data", str(here / "kept")]) == 0
        assert capsys.readouterr().out.endswith(f"unaltered; {status}\n")


def test_the_store_is_checked_backed_up_and_restored(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = ["--data", str(here / "kept")]
    assert main(["store", "check", *kept]) == 1
    request_id = rendered(here, capsys, {"signer": SIGNER})["request_id"]
    assert main(["store", "check", *kept]) == 0
    assert "1 requests" in capsys.readouterr().out
    assert main(["store", "backup", str(here / "saved"), *kept]) == 0
    journal = here / "kept" / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b"Virtanen", b"Virtamen"))
    assert main(["requests", *kept]) == 1
    assert main(["store", "check", *kept]) == 1
    assert "is damaged; restore a backup" in capsys.readouterr().err
    assert main(["store", "restore", str(here / "saved"), *kept]) == 0
    capsys.readouterr()
    assert [request["request_id"] for request in requests(here, capsys)] == [request_id]


def test_everything_moves_to_postgresql_and_back(
    here: Path, capsys: pytest.CaptureFixture[str], database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = rendered(here, capsys, {"signer": SIGNER})["request_id"]
    journal, again = str(here / "kept" / "journal.jsonl"), str(here / "again" / "journal.jsonl")
    assert main(["store", "migrate"]) == 0
    assert main(["store", "copy", "--from", journal, "--to", database]) == 0
    monkeypatch.setenv("DATABASE_URL", database)
    assert main(["store", "migrate"]) == 0
    capsys.readouterr()
    assert [request["request_id"] for request in requests(here, capsys)] == [request_id]
    second = rendered(here, capsys, {"signer": SIGNER})["request_id"]
    assert main(["verify", str(here / "LA.pdf"), "--data", str(here / "kept")]) == 0
    assert main(["store", "copy", "--from", database, "--to", again]) == 0
    monkeypatch.delenv("DATABASE_URL")
    capsys.readouterr()
    assert main(["requests", "--json", "--data", str(here / "again")]) == 0
    assert {r["request_id"] for r in json.loads(capsys.readouterr().out)} == {request_id, second}


# A process of its own


def la_bot(*arguments: str, folder: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "adapters", *arguments]
    root = Path(__file__).resolve().parents[3]
    environment = os.environ | {"PYTHONPATH": str(root)}
    return subprocess.run(
        command, cwd=folder, input=given, capture_output=True, text=True, check=True, timeout=120, env=environment
    )


def chatted(folder: Path, lines: list[str]) -> str:
    return la_bot("chat", "--as", "anna", "--data", "kept", folder=folder, given="\n".join(lines) + "\n").stdout


@pytest.fixture
def chatting(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    command = [sys.executable, "-m", "adapters", "chat", "--as", "anna", "--data", "kept"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=environment
    )
    yield process
    process.kill()
    process.communicate()


def until(process: "subprocess.Popen[str]", words: str) -> None:
    assert process.stdout
    while words not in (line := process.stdout.readline()):
        assert line, f"the process ended before it said {words!r}"


def test_a_killed_chat_goes_on_at_the_same_question(chatting: "subprocess.Popen[str]", tmp_path: Path) -> None:
    assert chatting.stdin
    chatting.stdin.write("\n".join(FORM) + "\n")
    chatting.stdin.flush()
    until(chatting, "detail address")
    chatting.send_signal(signal.SIGKILL)
    chatting.wait()
    heard = chatted(tmp_path, ["Pentti Kaiteran katu 1, 90570 Oulu", "yes"])
    assert "Welcome back" in heard
    assert "detail address" in heard
    assert "Anna Virtanen" in heard
    (pdf,) = tmp_path.glob("*.pdf")
    assert pdf.read_bytes().startswith(b"%PDF")


def test_one_process_writes_and_others_read(
    chatting: "subprocess.Popen[str]", tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    until(chatting, "What would you like to do?")
    kept = str(tmp_path / "kept")
    path = fields(tmp_path, {"signer": SIGNER})
    assert main(["render", path, "--out", str(tmp_path / "LA.pdf"), "--data", kept]) == 1
    complaint = capsys.readouterr().err
    assert str(chatting.pid) in complaint
    assert complaint.count("\n") == 1
    assert main(["requests", "--json", "--data", kept]) == 0


def test_the_end_of_the_input_is_a_polite_end(tmp_path: Path) -> None:
    assert chatted(tmp_path, FORM[:2]).rstrip().endswith("Whatever is under way is kept: come back at any time.")


def test_what_is_kept_is_kept_from_others(tmp_path: Path) -> None:
    chatted(tmp_path, FORM)
    kept = tmp_path / "kept"
    assert kept.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in kept.iterdir()} == {0o600}


def test_a_version_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = newer_folder(tmp_path)
    assert main(["agreement", "check", str(folder)]) == 0
    assert capsys.readouterr().out.startswith("sound: version 01.02.2027, 11 clauses, sha256 ")
    (folder / "source.md").unlink()
    assert main(["agreement", "check", str(folder)]) == 1
    assert capsys.readouterr().out == "source.md: is missing\n"
    assert main(["agreement", "check", str(tmp_path / "none")]) == 2


def test_versions_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(newer_folder(tmp_path))
    assert main(["agreement", "diff", "29.04.2026", folder]) == 0
    assert "== 8-deletion: new" in capsys.readouterr().out
    for name, begins in (("d.txt", b"LA "), ("d.html", b"<!DOCTYPE html>"), ("d.pdf", b"%PDF")):
        assert main(["agreement", "diff", "29.04.2026", folder, "--out", str(tmp_path / name)]) == 0
        assert (tmp_path / name).read_bytes().startswith(begins)
    assert main(["agreement", "diff", "29.04.2026", folder, "--out", "d.doc"]) == 2
    assert main(["agreement", "diff", "29.04.2026", "1.1.1999"]) == 2


def test_what_will_go_and_the_record_of_processing_are_printed(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered(here, capsys, {"signer": SIGNER})
    assert main(["retention", "--data", str(here / "kept")]) == 0
    printed = capsys.readouterr().out
    assert "rejected: 0" in printed
    assert "No unfinished forms" in printed
    monkeypatch.setenv("LA_BOT_LEGAL_BASIS", "Art. 6(1)(b), as our lawyer says")
    assert main(["record-of-processing", "--data", str(here / "kept")]) == 0
    printed = capsys.readouterr().out
    assert "as our lawyer says" in printed
    assert "persons.signer.name" in printed


def test_stats_are_figures_for_programs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rendered(here, capsys, {"signer": SIGNER, "applicant": APPLICANT})
    assert main(["stats", "--json", "--data", str(here / "kept")]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["total"], figures["statuses"], figures["judged"]) == (1, {"issued": 1}, 0)
    assert figures["funnel"] == {"issued": 1, "emailed": 0, "received": 0, "approved": 0}
    assert main(["stats", "--data", str(here / "kept")]) == 0
    assert 'statuses: {"issued": 1}' in capsys.readouterr().out


def test_an_export_is_for_its_owner_alone_and_holds_all_that_is_kept(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt, out = rendered(here, capsys, {"signer": SIGNER, "applicant": APPLICANT}), here / "all.json"
    assert main(["export", "--json", str(out), "--data", str(here / "kept")]) == 0
    assert capsys.readouterr().out == "1 requests\n"
    assert {path.stat().st_mode & 0o777 for path in (out, here / "LA.pdf")} == {0o600}
    (entry,) = json.loads(out.read_text(encoding="utf-8"))
    assert entry["request"]["id"] == receipt["request_id"]
    assert entry["persons"]["signer"] == SIGNER
    assert main(["export", "--json", str(here / "no" / "folder"), "--data", str(here / "kept")]) != 0
    assert "No such file" in capsys.readouterr().err


def test_an_export_is_a_table_and_an_archive_has_a_page_for_each(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt = rendered(here, capsys, {"signer": SIGNER, "applicant": APPLICANT})
    assert main(["export", "--csv", str(here / "all.csv"), "--data", str(here / "kept")]) == 0
    assert receipt["request_id"] in (here / "all.csv").read_text(encoding="utf-8-sig")
    assert main(["export", "--archive", str(here / "archive"), "--data", str(here / "kept")]) == 0
    (page,) = (here / "archive").iterdir()
    assert page.name == f"{receipt['request_id']}.pdf"
    assert page.read_bytes().startswith(b"%PDF")
