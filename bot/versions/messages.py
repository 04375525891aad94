"""Messages to holders, applicants and staff about a change of the LA: its words quoted, the practice named as such."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.agreement.agreement import Agreement
from bot.agreement.diff import ClauseChange, Kind, compare
from bot.model.identity import RequestId
from bot.model.message import DocumentRef, FileKind, Message
from bot.model.people import Signer, Standing
from bot.request.events import Event, Happened
from bot.request.request import LicenseRequest
from bot.request.version_notice import Informed
from bot.texts.choice import Choice
from bot.texts.say import ABOUT_VERSION, Offer, Say, Value
from bot.texts.views import Views
from bot.versions.announcement import BY_EMAIL, Announcement, Silence, answer, told
from bot.versions.announcements import Plan

_WORDS = {Kind.CHANGED: "changed", Kind.NEW: "new", Kind.REMOVED: "removed", Kind.SAME: "moved"}
_SOMEBODY = RequestId("…")
"""Stands for each license in what staff are shown beforehand."""


@dataclass(frozen=True, slots=True)
class ChangeViews:
    """The words of everybody's views, and those about a change. `silence`: what no answer means."""

    views: Views
    silence: Silence = Silence.STAYS
    _compared: dict[tuple[str, str], Sequence[ClauseChange]] = field(default_factory=dict)

    def informing(
        self, step: Informed, request: LicenseRequest, announcement: Announcement, old: str, closes: datetime
    ) -> Message:
        """A notice, as the clock sends it. `old`: the version it is compared with; `closes`: until when to answer."""
        match step:
            case Informed.TOLD:
                return self.notice(request, announcement, old, closes)
            case Informed.HALFWAY | Informed.LAST:
                return self.reminder(request, announcement, old, closes)
            case Informed.OFFERED:
                return self.offered(request, announcement)
            case Informed.CALLED_OFF:
                return self.called_off(request, announcement, old)

    def notice(self, request: LicenseRequest, announcement: Announcement, old: str, closes: datetime) -> Message:
        """Return the notice to a holder, with the comparison attached."""
        says = (*self._told(request.id, announcement, old), *self._choice(request, announcement, old, closes))
        return self.views.message(says, "", self.document(request.id, announcement, old))

    def reminder(self, request: LicenseRequest, announcement: Announcement, old: str, closes: datetime) -> Message:
        """Return the reminder to a holder who has not answered."""
        values = self._values(request.id, announcement, old) | {"closes": closes}
        says = (Say("change.reminder", values), *self._choice(request, announcement, old, closes))
        return self.views.message(says, "", self.document(request.id, announcement, old))

    def offered(self, request: LicenseRequest, announcement: Announcement) -> Message:
        """Return the message to an applicant whose document is on the older version and was not sent yet."""
        offers = (Offer(Choice.RENEW, request.id), Offer(Choice.EMAILED, request.id))
        old = request.document.version
        say = Say("change.offered", self._values(request.id, announcement, old), offers)
        return self.views.message([say], "", self.document(request.id, announcement, old))

    def called_off(self, request: LicenseRequest, announcement: Announcement, old: str) -> Message:
        """Return the message to a holder that a version they were told of does not come after all."""
        values = self._values(request.id, announcement, old)
        forward = () if request.standing is Standing.SIGNER else (Say("change.called_off_forward", values),)
        return self.views.message([Say("change.called_off", values), *forward], "")

    def closed(self, request: LicenseRequest, announcement: Announcement) -> Message:
        """Return the message to a holder for whom the day came without an answer."""
        values = self._values(request.id, announcement, announcement.previous)
        text = "change.unanswered" if self.silence is Silence.STAYS else "change.lapsed"
        return self.views.message([Say(text, values)], "")

    def noted(self, request: LicenseRequest, event: Event) -> Message:
        """Return the message to a person in chat about an answer that the signer gave by way of staff."""
        text = "change.noted_opted_out" if event.happened is Happened.OPTED_OUT else "change.noted_stayed"
        return self.views.message([Say(text, _answered(request, event))], "")

    def confirmation(self, request: LicenseRequest, event: Event, signer: Signer) -> Say:
        """The same as an email to the signer, ready to be sent."""
        text = "change.letter_opted_out" if event.happened is Happened.OPTED_OUT else "change.letter_stayed"
        values = _answered(request, event) | {"opting_out": self._la.quotes["opting_out"].text}
        return Say(text, values | {"email": signer.email, "name": signer.name})

    def in_force(self, announcement: Announcement, sent: int) -> Message:
        """Return the message to staff on the day."""
        values: dict[str, Value] = {"version": announcement.version, "old": announcement.previous, "sent": sent}
        return self.views.message([Say("staff.in_force", values)], "")

    def lapsed(self, requests: Sequence[RequestId], announcement: Announcement) -> Message:
        """Return the message to staff about licenses that ended without an answer: the signers may not know it."""
        lines = (Say("staff.lapsed_line", {"request_id": request_id}) for request_id in requests)
        return self.views.message([Say("staff.lapsed", {"version": announcement.version}), *lines], "")

    def to_write_to(self, announcement: Announcement, count: int) -> Message:
        """Return the message to staff when reminders are due: the number of holders that they have to email."""
        values: dict[str, Value] = {"version": announcement.version, "count": count}
        return self.views.message([Say("staff.unreached", values | {"effective": announcement.effective_at})], "")

    def preview(self, plan: Plan) -> tuple[Say, ...]:
        """Return the preview for staff before an announcement: the number of people concerned, and their messages."""
        announcement = plan.announcement
        values = self._values(_SOMEBODY, announcement, announcement.previous) | {
            "holders": plan.holders,
            "unreachable": plan.unreachable,
            "unsent": plan.unsent,
            "sent": plan.sent,
        }
        told = self._told(_SOMEBODY, announcement, announcement.previous)
        choice = self._own_choice(_SOMEBODY, announcement, announcement.previous, announcement.effective_at)
        return (Say("announce.preview", values), *told, *(replace(say, offers=()) for say in choice))

    def letter(
        self, request: LicenseRequest, announcement: Announcement, old: str, signer: Signer, closes: datetime
    ) -> Say:
        """An email to a holder whom no chat reaches, ready to be sent; a reminder where one was sent before."""
        values = self._values(request.id, announcement, old) | {"email": signer.email, "name": signer.name}
        if announcement.called_off_at:
            return Say("change.letter_called_off", values)
        if (came := answer(request, announcement)) and came.happened is Happened.LAPSED:
            return Say("change.letter_lapsed", values)
        written = any(event.about and event.about.route == BY_EMAIL for event in told(request, announcement))
        text = "change.letter_reminder" if written else "change.letter"
        text = "change.letter_typo" if announcement.typo_only else text
        return Say(text, values | {"silence": self._plain_silence(closes)})

    def document(self, request_id: RequestId, announcement: Announcement, old: str) -> DocumentRef:
        """The comparison as PDF."""
        name = f"{self.views.dataset.name}-License-Agreement_{old}_to_{announcement.version}.pdf"
        return DocumentRef(request_id, 0, name, FileKind.CHANGES, f"{old} {announcement.version}")

    def comparison(self, announcement: Announcement) -> DocumentRef:
        """The same for staff, before anybody is told."""
        return self.document(_SOMEBODY, announcement, announcement.previous)

    def _told(self, request_id: RequestId, announcement: Announcement, old: str) -> tuple[Say, ...]:
        values = self._values(request_id, announcement, old)
        text = "change.told_typo" if announcement.typo_only else "change.told"
        clauses = (
            Say("change.clause", {"heading": heading, "became": became})
            for heading, became in self._became(old, announcement.version)
        )
        return (Say(text, values), *clauses, Say("change.attached", values))

    def _became(self, old: str, new: str) -> list[tuple[str, str]]:
        """The clauses that change, each with what became of it."""
        if (old, new) not in self._compared:
            versions = self.views.dataset.agreements
            changes = compare(versions[old].clauses, versions[new].clauses)
            self._compared[old, new] = [change for change in changes if change.touched]
        words = self.views.texts.words
        return [(c.new or c.old, words[f"became.{_WORDS[c.kind]}"]) for c in self._compared[old, new]]

    def _choice(
        self, request: LicenseRequest, announcement: Announcement, old: str, closes: datetime
    ) -> tuple[Say, ...]:
        if request.standing is Standing.SIGNER:
            return self._own_choice(request.id, announcement, old, closes)
        values = self._values(request.id, announcement, old)
        if announcement.typo_only:
            return (Say("change.forward_typo", values),)
        silence = self._silence(closes, forwarded=True)
        return (Say("change.forward", values | {"silence": self.views.plain_of(silence)}), silence)

    def _own_choice(
        self, request_id: RequestId, announcement: Announcement, old: str, closes: datetime
    ) -> tuple[Say, ...]:
        values = self._values(request_id, announcement, old)
        about = f"{request_id}{ABOUT_VERSION}{announcement.version}"
        stay, opt_out = Offer(Choice.STAY, about), Offer(Choice.OPT_OUT, about)
        if announcement.typo_only:
            return (Say("change.choice_typo", values, (opt_out,)),)
        return (Say("change.choice", values, (stay, opt_out)), self._silence(closes))

    def _silence(self, closes: datetime, *, forwarded: bool = False) -> Say:
        """Return the meaning of no answer.

        `forwarded`: said to an applicant, whose signer staff may tell later, if at all.
        """
        ends = "change.silence_ends_forwarded" if forwarded else "change.silence_ends"
        return Say("change.silence_stays" if self.silence is Silence.STAYS else ends, {"closes": closes})

    def _plain_silence(self, closes: datetime) -> str:
        """For mails to the signer, who has to know what no answer means before it counts."""
        return self.views.plain_of(self._silence(closes))

    def _values(self, request_id: RequestId, announcement: Announcement, old: str) -> dict[str, Value]:
        quotes = self._la.quotes
        became = self._became(old, announcement.version)
        return {
            "request_id": request_id,
            "version": announcement.version,
            "old": old,
            "effective": announcement.effective_at,
            "reason": announcement.typo_only,
            "clauses": "; ".join(f"“{heading}”: {what}" for heading, what in became),
            "changes": quotes["changes"].text,
            "opting_out": quotes["opting_out"].text,
        }

    @property
    def _la(self) -> Agreement:
        return self.views.dataset.current


def _answered(request: LicenseRequest, event: Event) -> dict[str, Value]:
    version = event.about.version if event.about else request.document.version
    return {"request_id": request.id, "at": event.at, "version": version}
