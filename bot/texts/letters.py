"""Emails that staff send to holders whom the bot cannot reach: drafts for a mail program, the PDF attached."""

from email.message import EmailMessage
from email.policy import SMTPUTF8

from bot.model.message import Line, Message


def as_eml(message: Message, pdf: bytes, filename: str) -> bytes:
    """A message whose lines are `To: …`, `Subject: …` and the text, as a draft (RFC 5322, `X-Unsent`)."""
    lines = [_plain(line) for block in message.blocks for line in block.lines]
    to, subject, *text = lines
    mail = EmailMessage(policy=SMTPUTF8)
    mail["To"], mail["Subject"] = to.partition(": ")[2], subject.partition(": ")[2]
    mail["X-Unsent"] = "1"
    mail.set_content("\n\n".join(text) + "\n")
    mail.add_attachment(pdf, maintype="application", subtype="pdf", filename=filename)
    return mail.as_bytes()


def _plain(line: Line) -> str:
    return "".join(span.text for span in line)
