"""What is said when a lifecycle command was carried out for an applicant, or refused.

PURE.
"""

from bot.dialogue.events import Acted, WasRefused
from bot.dialogue.prompts import MENU
from bot.model.people import Standing
from bot.request.commands import CheckEmail, MarkEmailed, OptOut, Postpone, Stay, StopReminding, Withdraw
from bot.request.lifecycle import Refusal
from bot.request.status import EmailCheck, Status
from bot.texts.choice import Choice
from bot.texts.say import Offer, Say, Value


def outcome(event: Acted | WasRefused) -> Say:
    """The saying, with what can be done next."""
    if isinstance(event, WasRefused):
        return _refused(event)
    values: dict[str, Value] = {"request_id": event.request_id, "next_at": event.next_at or ""}
    values |= {"at": event.at or "", "version": event.version}
    match event.command:
        case MarkEmailed():
            return Say(f"emailed.{event.standing}", values, _checks(event))
        case CheckEmail(found):
            again = (Choice.EMAIL_READY,) if found is not EmailCheck.COMPLETE else ()
            return Say(_checked(found, event.standing), values, _offers(event, *again, Choice.SHOW_REQUEST))
        case Postpone():
            return Say("postponed", values, _offers(event, Choice.EMAILED, Choice.SHOW_REQUEST))
        case StopReminding():
            return Say("reminders_stopped", values, _offers(event, Choice.NEXT_WEEK, Choice.SHOW_REQUEST))
        case Stay():
            return Say("change.stayed", values, MENU)
        case OptOut():
            return Say("change.opted_out", values, MENU)
        case Withdraw():
            return Say("withdrawn", values, MENU)
        case _:  # pragma: no cover
            raise AssertionError(f"no applicant can {type(event.command).__name__}")


def _refused(event: WasRefused) -> Say:
    values: dict[str, Value] = {"request_id": event.request_id, "status": event.refused.status}
    void = event.refused.reason is Refusal.WRONG_STATUS and event.refused.status is Status.VOID
    text = "refused.void" if void else f"refused.{event.refused.reason}"
    return Say(text, values, (Offer(Choice.SHOW_REQUEST, event.request_id),))


def _checks(event: Acted) -> tuple[Offer, ...]:
    if event.standing is Standing.SIGNER:
        return _offers(event, Choice.EMAIL_COMPLETE, Choice.SCAN_INCOMPLETE)
    return _offers(event, Choice.EMAIL_COMPLETE, Choice.CC_FORGOTTEN, Choice.SCAN_INCOMPLETE)


def _checked(found: EmailCheck, standing: Standing) -> str:
    if found is EmailCheck.CC_FORGOTTEN and standing is Standing.STUDENT:
        return "checked.cc_forgotten_student"
    return f"checked.{found}"


def _offers(event: Acted, *choices: Choice) -> tuple[Offer, ...]:
    return tuple(Offer(choice, event.request_id) for choice in choices)
