"""An email that a person sends themselves: as a `mailto:` link, and as a draft that their mail program opens.

PURE. What persons typed goes into header fields only through the standard library's own encoding, line breaks and
controls taken out before: nobody can add a field.
"""

import re
from dataclasses import dataclass
from email.charset import QP, Charset
from email.header import Header
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import formataddr
from urllib.parse import quote

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_UTF8 = Charset("utf-8")
_UTF8.body_encoding = QP


@dataclass(frozen=True, slots=True)
class Email:
    """An email as it shall be sent; the scan is attached by whoever sends it. `cc` is empty where nobody is."""

    to: str
    subject: str
    body: str
    cc: str = ""
    cc_name: str = ""


def mailto(email: Email) -> str:
    """The link that opens it ready to send (RFC 6068); lines of the body end with %0D%0A."""
    fields = {"cc": email.cc, "subject": _line(email.subject), "body": "\r\n".join(email.body.splitlines())}
    query = "&".join(f"{name}={quote(text, safe='@' if name == 'cc' else '')}" for name, text in fields.items() if text)
    return f"mailto:{quote(email.to, safe='@')}?{query}"


def draft(email: Email) -> bytes:
    """The file that opens as an unsent draft (RFC 5322, names by RFC 2047; an address that is not ASCII by RFC 6532).

    It has no sender, date and message id: those are the mail program's, once it is sent.
    """
    # The older classes of `email` on purpose: those of today fold a long name with accents into another one.
    body = MIMEText(email.body, _charset=_UTF8, policy=compat32.clone(linesep="\r\n"))  # type: ignore[arg-type]
    fields = ["X-Unsent: 1", f"To: {_line(email.to)}"]
    if email.cc:
        fields.append(f"Cc: {_mailbox(email)}")
    fields.append(f"Subject: {_encoded(_line(email.subject), len('Subject: '))}")
    return "".join(f"{field}\r\n" for field in fields).encode() + body.as_bytes()


def _mailbox(email: Email) -> str:
    """Return the recipient of the copy, as `name <address>`."""
    name, address = _line(email.cc_name), _line(email.cc)
    if name.isascii() and "=?" not in name:
        return formataddr((name, address)) if address.isascii() else f"{formataddr((name, 'x@y'))[:-5]}<{address}>"
    return f"{_encoded(name, len('Cc: '), always=True)}\r\n <{address}>"


def _encoded(text: str, beginning: int, *, always: bool = False) -> str:
    """Text as words of RFC 2047, in lines of which the first begins after a field's name."""
    if text.isascii() and not always:
        return text
    return Header(text, "utf-8", maxlinelen=75, continuation_ws=" ").encode(linesep="\r\n", maxlinelen=75 - beginning)


def _line(text: str) -> str:
    """The text in one line, without controls."""
    return " ".join(_CONTROLS.sub(" ", text).split())
