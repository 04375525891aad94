"""A whole form beside the dialogue: the same draft, the same checks, and never an older state over a newer one."""

from dataclasses import replace

import pytest

from bot.app.service import Service
from bot.dialogue.events import FilledIn, Gave, StaleForm
from bot.dialogue.reducer import advance, problems
from bot.dialogue.state import Conversation, Step
from bot.form.outcome import Accepted, Doubtful, Problem, Rejected
from bot.model.identity import Account, DeliveryAddress
from bot.model.incoming import Incoming, SentForm
from bot.model.message import BlockKind
from bot.model.people import SIGNER_FIELDS, Field, Standing
from bot.texts.say import Say
from bot.understanding.interpreter import Understanding
from tests.talk import World

ANNA = Account("slack", "T1", "U1")
AT = DeliveryAddress("slack", "D1")
VALUES = {
    Field.NAME: "Anna Virtanen",
    Field.TITLE: "Professor",
    Field.AFFILIATION: "University of Oulu",
    Field.EMAIL: "anna.virtanen@oulu.fi",
    Field.ADDRESS: "Pentti Kaiteran katu 1, 90570 Oulu",
}
OWN = {Field.APPLICANT_NAME: "Bo Ek", Field.APPLICANT_EMAIL: "bo.ek@oulu.fi"}
ASKED = Conversation(Step.FIELD, Standing.SIGNER, asked=Field.NAME)
STUDENT = Conversation(Step.FIELD, Standing.STUDENT, asked=Field.APPLICANT_NAME)


def understanding() -> Understanding:
    return World().service().understanding


def test_a_whole_form_leads_to_the_review() -> None:
    event = understanding().fill_in(ASKED, VALUES, ASKED.token)
    turn = advance(ASKED, event)
    assert (turn.conversation.step, turn.conversation.draft) == (Step.REVIEW, VALUES)
    assert turn.says[0] == Say("review.intro")


def test_a_form_opened_on_an_older_state_changes_nothing() -> None:
    moved_on = ASKED.with_value(Field.NAME, "Somebody Else")
    event = understanding().fill_in(moved_on, VALUES, ASKED.token)
    assert event == StaleForm()
    assert advance(moved_on, event).conversation == moved_on


@pytest.mark.parametrize("event", [StaleForm(), FilledIn((Gave(Field.NAME, Accepted("A B")),))])
def test_a_form_where_none_is_open_changes_nothing(event: StaleForm | FilledIn) -> None:
    turn = advance(Conversation(), event)
    assert (turn.conversation, turn.says[0]) == (Conversation(), advance(Conversation(), StaleForm()).says[0])


def test_the_two_addresses_of_a_form_are_judged_beside_each_other() -> None:
    values = {**VALUES, **OWN, Field.APPLICANT_EMAIL: VALUES[Field.EMAIL]}
    checked = {gave.field: gave.checked for gave in understanding().form(STUDENT, values)}
    assert checked[Field.EMAIL] == Rejected(Problem.SAME_EMAIL, VALUES[Field.EMAIL])
    assert checked[Field.APPLICANT_EMAIL] == Rejected(Problem.SAME_EMAIL, VALUES[Field.EMAIL])


def test_what_is_wrong_is_said_at_its_field_and_the_rest_is_taken() -> None:
    given = understanding().form(ASKED, {**VALUES, Field.EMAIL: "nonsense"})
    assert [(field, say.text) for field, say in problems(given).items()] == [(Field.EMAIL, "problem.bad_email")]
    turn = advance(ASKED, FilledIn(given))
    assert turn.conversation.missing == (Field.EMAIL,)
    assert turn.says[0] == problems(given)[Field.EMAIL]


def test_what_is_in_doubt_is_asked_about_and_to_send_it_again_is_an_answer() -> None:
    values = {**VALUES, Field.NAME: "Anna"}
    doubted = advance(ASKED, understanding().fill_in(ASKED, values, ASKED.token)).conversation
    assert (doubted.asked, doubted.doubt) == (Field.NAME, Doubtful("Anna", Problem.ONE_WORD))
    settled = advance(doubted, understanding().fill_in(doubted, values, doubted.token)).conversation
    assert (settled.step, settled.draft) == (Step.REVIEW, values)


def test_what_was_settled_before_is_not_doubted_again() -> None:
    kept = replace(ASKED.with_value(Field.NAME, "Anna"), asked=Field.TITLE)
    assert Field.NAME not in {gave.field for gave in understanding().form(kept, {**VALUES, Field.NAME: "Anna"})}


async def sent(service: Service, values: dict[Field, str], token: str, number: int) -> str:
    entries = await service.handle(Incoming(ANNA, AT, f"form {number}", SentForm(values, token)))
    return entries[0].outgoing.message.token


async def test_the_draft_of_a_form_is_the_draft_of_the_dialogue() -> None:
    world = World()
    world.store.talks[ANNA] = stored = replace(await world.store.conversation(ANNA), value=ASKED)  # type: ignore[attr-defined]
    await sent(world.service(), {Field.NAME: "Anna Virtanen"}, ASKED.token, 1)
    assert stored.value == ASKED
    assert (await world.service().conversation(ANNA)).draft == {Field.NAME: "Anna Virtanen"}


def test_a_review_has_a_way_to_change_each_line() -> None:
    turn = advance(ASKED, understanding().fill_in(ASKED, VALUES, ASKED.token))
    message = World().service().views.message([say for say in turn.says if isinstance(say, Say)], "")
    (card,) = [block for block in message.blocks if block.kind is BlockKind.LIST]
    assert [button.choice for button in card.beside] == [f"change:{field}" for field in SIGNER_FIELDS]
    assert len(card.beside) == len(card.lines)


async def test_a_message_says_whether_its_question_is_one_of_a_form() -> None:
    world = World()
    first, second = SentForm({}, ""), SentForm(VALUES, ASKED.token)
    service = world.service()
    outside = await service.handle(Incoming(ANNA, AT, "1", first))
    world.store.talks[ANNA] = replace(await world.store.conversation(ANNA), value=ASKED)  # type: ignore[attr-defined]
    inside = await service.handle(Incoming(ANNA, AT, "2", second))
    assert [entry.outgoing.message.form for entry in (*outside, *inside)] == [False, True]
