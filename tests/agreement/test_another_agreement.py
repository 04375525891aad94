"""Another dataset with an LA of its own is dropped in as a folder: no code knows the difference."""

import hashlib
from pathlib import Path

import pypdfium2

from bot.agreement.agreement import Dataset, load_dataset
from bot.app.config import read_settings
from bot.app.desk_commands import DeskPolicy, open_desk
from bot.app.service import Service
from bot.document.issuer import Issuer
from bot.document.port import Form
from bot.document.worker import PdfRenderer
from bot.form.validation import FieldPolicy
from bot.model.identity import Account, DeliveryAddress
from bot.model.incoming import Incoming, Typed
from bot.model.message import plain_text
from bot.model.people import Signer
from bot.privacy.erasure import Erasing
from bot.privacy.retention import Retention
from bot.privacy.rights import Rights
from bot.reminders.job import Reminding
from bot.reminders.messages import HandOver
from bot.reminders.policy import ReminderPolicy
from bot.request.request_id import new_request_id
from bot.staff.notices import Notices
from bot.staff.roles import Roles
from bot.texts.catalogue import ENGLISH, load_texts
from bot.texts.views import Views
from bot.understanding.interpreter import read_messages
from tests.fakes import FakeRenderer, FakeStore, FakeTerms
from tests.talk import START

TEXT = """\
Data Use Contract
“ABC Faces”
v.1

Whoever signs agrees to this.

1. Money

Nobody shall earn money with it.
Never:

- A. selling data from the database
- B. renting it out

2. Signing

A head of group with a fixed post signs. Send the scan to desk@example.org.

Students copy the head. All who report to the head are covered, and the head decides who.

3. Law

The head knows the law and answers for the group. Use it for the contest only. Name it.

Sign:

Full name
Post
House
Mail
Where
Ink
Day
"""
VERSION = f"""
version = "1"
language = "en"
sha256 = "{hashlib.sha256(TEXT.encode()).hexdigest()}"
clauses = ["preamble", "1-commercial", "2-signing", "3-law", "signature"]
sign_here = "Sign:"
sign_rows = [["name"], ["title"], ["affiliation"], ["email"], ["address"], ["signature", "date"]]
[layout]
bold = ["A head of group"]
[quotes]
agreeing = {{ clause = "preamble", text = "Whoever signs agrees to this." }}
no_commercial = {{ clause = "1-commercial", text = "Nobody shall earn money with it." }}
fixed_position = {{ clause = "2-signing", text = "A head of group with a fixed post signs." }}
send_scan = {{ clause = "2-signing", text = "Send the scan to desk@example.org." }}
student_cc = {{ clause = "2-signing", text = "Students copy the head." }}
group_covered = {{ clause = "2-signing", text = "All who report to the head are covered" }}
signer_controls = {{ clause = "2-signing", text = "the head decides who" }}
challenge_only = {{ clause = "3-law", text = "Use it for the contest only." }}
signer_gdpr = {{ clause = "3-law", text = "The head knows the law" }}
signer_responsible = {{ clause = "3-law", text = "answers for the group" }}
changes = {{ clause = "preamble", text = "Whoever signs agrees to this." }}
opting_out = {{ clause = "preamble", text = "Whoever signs agrees to this." }}
work_email = {{ clause = "signature", text = "Mail" }}
cite = {{ clause = "3-law", text = "Name it." }}
reference = {{ clause = "3-law", text = "Name it." }}
"""
DATASET = """
name = "ABC"
id_prefix = "ABCX"
title = "ABC Faces"
contact = "desk@example.org"
licensor = "House of Faces"
licensor_short = "HoF"
current = "1"
[practice]
subject = "Put the id in the subject."
one_pdf = "One PDF."
cc_researcher = "Copy the head."
[citation]
key = "abc"
authors = [["Doe", "Jo"]]
title = "ABC"
journal = "Journal of Faces"
year = 2020
note = ""
"""
FORM = ["request", "i will", "challenge", "Bo Li", "Professor", "House", "bo.li@oulu.fi", "Katu 1, 90570 Oulu", "yes"]


def made_up(folder: Path) -> Dataset:
    (folder / "abc" / "1").mkdir(parents=True)
    (folder / "abc" / "dataset.toml").write_text(DATASET, encoding="utf-8")
    (folder / "abc" / "1" / "agreement.toml").write_text(VERSION, encoding="utf-8")
    (folder / "abc" / "1" / "agreement.txt").write_text(TEXT, encoding="utf-8")
    return load_dataset(folder / "abc")


async def test_a_dialogue_goes_by_the_other_la(tmp_path: Path) -> None:
    dataset, store = made_up(tmp_path), FakeStore()
    texts = load_texts(ENGLISH, dataset, read_settings({}).shown(dataset.licensor, dataset.contact))
    terms = FakeTerms(dataset.current)
    issuer = Issuer(dataset, FakeRenderer(), store, lambda: new_request_id("ABCX", lambda _: 0), lambda: START)
    views = Views(texts, terms, dataset)
    notices = Notices(views)
    rights = Rights(Erasing(store, notices, Retention(30, 12, 24, 5), 30, Roles(store)), texts, "")
    desk = open_desk(issuer, views, Roles(store), rights, DeskPolicy())
    reminding = Reminding(store, HandOver(views, ReminderPolicy()), notices)
    understanding = read_messages(texts, terms, FieldPolicy(), "ABCX")
    service = Service(store, issuer, understanding, views, notices, desk, rights, reminding)
    account, address, heard = Account("terminal", "", "bo"), DeliveryAddress("terminal", "bo"), ""
    for number, line in enumerate([*FORM, "terms", "cite", "read the la", "privacy"]):
        for entry in await service.handle(Incoming(account, address, str(number), Typed(line))):
            heard += plain_text(entry.outgoing.message) + "\n"
    assert "ABCX-22222-22222" in heard
    assert "Email the PDF to desk@example.org." in heard
    assert "Send the scan to desk@example.org." in heard
    assert "Name it." in heard
    for stranger in ("4DME", "CMVS", "oulu.fi)", "xiaobai"):
        assert stranger not in heard


async def test_its_pdf_has_its_words_and_its_sign_block(tmp_path: Path) -> None:
    dataset = made_up(tmp_path)
    renderer = PdfRenderer(b"0123456789abcdef")
    signer = Signer("Bo Li", "Professor", "House", "bo.li@oulu.fi", "Katu 1")
    form = Form("ABCX-22222-22222", 1, dataset.current, dataset.title, dataset.licensor, signer, START)
    try:
        pdf = await renderer.render(form)
    finally:
        await renderer.aclose()
    pages = pypdfium2.PdfDocument(pdf.content)
    text = " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in pages)
    for said in ("Data Use Contract", "1. Money", "A. selling data from the database", "Where", "Katu 1", "Ink", "Day"):
        assert said in text
    assert "4DME" not in text
