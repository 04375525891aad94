"""Values that the tests of the stores and of the outbox are made of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.dialogue.state import Conversation, Step
from bot.model.identity import Account, Actor, DeliveryAddress, RequestId, Role
from bot.model.message import BlockKind, Message, Span, TextBlock
from bot.model.people import Applicant, PersonalData, Signer, Standing
from bot.request.lifecycle import open_request
from bot.request.request import LicenseRequest, Opening
from bot.request.status import Document, Status
from bot.store.port import Commit, ConversationWrite, OutboxEntry, Outgoing, RequestWrite

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ACCOUNT = Account("slack", "T024BE7LD", "U023BECGF")
OTHER = Account("telegram", "", "123456789")
CHAT = DeliveryAddress("slack", "D024BE91L", "1700000000.000100")
OTHER_CHAT = DeliveryAddress("telegram", "123456789")
PLATFORMS = {"slack", "telegram"}
LEASE = timedelta(minutes=2)
KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
R1, R2, R3 = RequestId("4DME-7KQ2M-XB4RT"), RequestId("4DME-AAAAA-AAAA2"), RequestId("4DME-BBBBB-BBBB3")
PERSONS = PersonalData(
    Signer(
        "Zoë Müller", "Professor", "Universität Göttingen", "zoe.mueller@uni-goettingen.de", "Wilhelmsplatz 1\n37073"
    ),
    Applicant("Ana Šimić", "ana.simic@stud.uni-goettingen.de"),
)
DRAFT = Conversation(step=Step.FIELD, standing=Standing.STUDENT)


def a_request(request_id: RequestId = R1, account: Account = ACCOUNT, **changed: Any) -> LicenseRequest:  # noqa: ANN401
    document = Document(1, "29.04.2026", "6" * 64, "a" * 64, 3, NOW)
    opening = Opening(request_id, "4dme", Standing.STUDENT, account, CHAT)
    return replace(open_request(opening, document, Actor(Role.APPLICANT)), **({"remind_at": None} | changed))


def a_message(text: str) -> Message:
    return Message((TextBlock(BlockKind.PARAGRAPH, ((Span(text),),)),))


def outgoing(text: str, address: DeliveryAddress = CHAT, **changed: Any) -> Outgoing:  # noqa: ANN401
    return replace(Outgoing(address, a_message(text), NOW, NOW + timedelta(hours=1), R1), **changed)


def an_entry(number: int, address: DeliveryAddress = CHAT, **changed: Any) -> OutboxEntry:  # noqa: ANN401
    return replace(OutboxEntry(number, outgoing(f"message {number}", address), 0, NOW), **changed)


def a_turn(message_id: str = "m1", version: int = 0) -> Commit:
    """A commit that touches everything a turn can touch."""
    return Commit(
        message_id=message_id,
        conversation=ConversationWrite(ACCOUNT, DRAFT, version),
        requests=(RequestWrite(a_request(), version),),
        personal_data={R1: PERSONS},
        outgoing=(outgoing("one"), outgoing("two")),
    )


def opened(*requests: LicenseRequest) -> Commit:
    """A commit of new requests."""
    return Commit(requests=tuple(RequestWrite(request, 0) for request in requests))


def in_status(request_id: RequestId, status: Status, hours: int = 0) -> LicenseRequest:
    return a_request(request_id, status=status, since=NOW + timedelta(hours=hours))
