"""The email to be sent: as a link and as a draft, read back by the standard library."""

from email import message_from_string
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import Parser
from email.policy import default
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.texts.email_draft import Email, draft, mailto

BODY = "Dear CMVS team,\n\nplease find attached … 4DME & 100 % “signed”.\n\nKind regards,\nZoë Müller\n"


def an_email(cc_name: str = "Anna Virtanen", cc: str = "anna.virtanen@oulu.fi", subject: str = "LA 4DME-X") -> Email:
    return Email("xiaobai.li@oulu.fi", subject, BODY, cc, cc_name)


def opened(content: bytes) -> EmailMessage:
    message = message_from_string(content.decode(), policy=default)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    assert b"\n" not in content.replace(b"\r\n", b"")
    return message


def body_of(message: EmailMessage) -> str:
    return str(message.get_content()).replace("\r\n", "\n")


def test_a_draft_holds_all_but_the_scan_and_what_is_the_mail_programs() -> None:
    message = opened(draft(an_email()))
    assert {name.lower() for name in message} == {
        *("x-unsent", "to", "cc", "subject", "mime-version", "content-type", "content-transfer-encoding")
    }
    assert (message["X-Unsent"], message["To"], message["Subject"]) == ("1", "xiaobai.li@oulu.fi", "LA 4DME-X")
    assert body_of(message) == BODY
    assert list(message.iter_attachments()) == []


@pytest.mark.parametrize(
    "name",
    [
        *("Zoë Müller", "王小明", "محمد بن سلمان", 'Anna "Ann" Virtanen', "Virtanen, Anna", "O'Neill; Prof. <x@y.z>"),
        *("A" * 90, "Ünïcödé " * 12 + "End", "=?utf-8?q?Fake?=", "(comment) Name", "back\\slash", "𝒜nna 👩‍🔬"),
    ],
)
def test_a_name_of_any_script_comes_out_as_it_went_in(name: str) -> None:
    content = draft(an_email(cc_name=name))
    assert content.isascii()  # RFC 2047: any mail program reads it
    assert max(map(len, content.split(b"\r\n"))) <= 998
    (address,) = opened(content)["Cc"].addresses
    assert address.addr_spec == "anna.virtanen@oulu.fi"
    if len(name) < 40:  # between several encoded words Python's newer parser puts spaces: see below
        assert address.display_name == name


def test_a_long_name_is_read_as_rfc_2047_says() -> None:
    name = "Ünïcödé " * 12 + "End"
    raw = Parser().parsestr(draft(an_email(cc_name=name)).decode())["Cc"]
    assert str(make_header(decode_header(raw))) == f"{name} <anna.virtanen@oulu.fi>"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\u2028", "\x0b", "\x85", "\x00"])
def test_nobody_adds_a_field_by_a_line_break(line_end: str) -> None:
    evil = f"Anna{line_end}Bcc: thief@example.org{line_end}{line_end}body"
    message = opened(draft(an_email(cc_name=evil, subject=f"LA{line_end}Bcc: thief@example.org")))
    assert message["Bcc"] is None
    assert message["Subject"] == "LA Bcc: thief@example.org"
    assert [address.addr_spec for address in message["Cc"].addresses] == ["anna.virtanen@oulu.fi"]
    assert body_of(message) == BODY


def test_an_address_that_is_not_ascii_is_written_as_rfc_6532_has_it() -> None:
    message = opened(draft(an_email(cc="用户@例子.广告", cc_name="王小明")))
    (address,) = message["Cc"].addresses
    assert (address.display_name, address.addr_spec) == ("王小明", "用户@例子.广告")


def test_nobody_is_in_copy_of_the_signers_own_email() -> None:
    email = Email("xiaobai.li@oulu.fi", "LA", BODY)
    assert opened(draft(email))["Cc"] is None
    assert "cc=" not in mailto(email)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=80))
def test_any_name_makes_one_address_in_copy(name: str) -> None:
    message = opened(draft(an_email(cc_name=name)))
    assert [address.addr_spec for address in message["Cc"].addresses] == ["anna.virtanen@oulu.fi"]


def test_a_link_holds_the_same_email() -> None:
    link = mailto(an_email(subject="LA 4DME-X & more?"))
    assert link.isascii()
    assert " " not in link
    parts = urlsplit(link)
    fields = {name: value for name, (value,) in parse_qs(parts.query, strict_parsing=True).items()}
    assert (parts.scheme, unquote(parts.path)) == ("mailto", "xiaobai.li@oulu.fi")
    assert fields == {
        "cc": "anna.virtanen@oulu.fi",
        "subject": "LA 4DME-X & more?",
        "body": BODY.removesuffix("\n").replace("\n", "\r\n"),
    }


def test_an_address_cannot_add_to_a_link() -> None:
    link = mailto(an_email(cc="anna+x&bcc=thief?y@oulu.fi"))
    assert parse_qs(urlsplit(link).query)["cc"] == ["anna+x&bcc=thief?y@oulu.fi"]
    assert "bcc" not in parse_qs(urlsplit(link).query)
