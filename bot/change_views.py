"""What holders, applicants and staff read when the LA changes: its words quoted, the practice named as such."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.agreement import Agreement
from bot.announcement import Announcement, Silence
from bot.announcing import Plan
from bot.changes import Kind, compare
from bot.dialogue import Choice
from bot.lifecycle import LicenseRequest
from bot.messages import DocumentRef, FileKind, Message
from bot.model import RequestId, Standing
from bot.turns import Offer, Say, Value
from bot.version_notice import Informed
from bot.views import Views

_WORDS = {Kind.CHANGED: "changed", Kind.NEW: "new", Kind.REMOVED: "removed", Kind.SAME: "moved"}


@dataclass(frozen=True, slots=True)
class ChangeViews:
    """The words of everybody's views, and those about a change. `silence`: what no answer means."""

    views: Views
    silence: Silence = Silence.STAYS

    def notice(self, request: LicenseRequest, announcement: Announcement, old: str, closes: datetime) -> Message:
        """What a holder is told, with the comparison attached."""
        says = (*self._told(request.id, announcement, old), *self._choice(request, announcement, closes))
        return self.views.message(says, "", self.document(request.id, announcement, old))

    def reminder(self, request: LicenseRequest, announcement: Announcement, old: str, closes: datetime) -> Message:
        """What a holder who has not answered is reminded of."""
        values = self._values(request.id, announcement, old) | {"closes": closes}
        says = (Say("change.reminder", values), *self._choice(request, announcement, closes))
        return self.views.message(says, "", self.document(request.id, announcement, old))

    def offered(self, request: LicenseRequest, announcement: Announcement) -> Message:
        """What an applicant is told whose document is on the older version and was not sent yet."""
        offers = (Offer(Choice.RENEW, request.id), Offer(Choice.EMAILED, request.id))
        old = request.document.version
        say = Say("change.offered", self._values(request.id, announcement, old), offers)
        return self.views.message([say], "", self.document(request.id, announcement, old))

    def closed(self, request: LicenseRequest, announcement: Announcement) -> Message:
        """What a holder is told for whom the day came without an answer."""
        values = self._values(request.id, announcement, announcement.previous)
        text = "change.unanswered" if self.silence is Silence.STAYS else "change.lapsed"
        return self.views.message([Say(text, values)], "")

    def in_force(self, announcement: Announcement, sent: int) -> Message:
        """What staff are told on the day."""
        values: dict[str, Value] = {"version": announcement.version, "old": announcement.previous, "sent": sent}
        return self.views.message([Say("staff.in_force", values)], "")

    def preview(self, plan: Plan) -> tuple[Say, ...]:
        """What staff read before they announce: how many it concerns, and what they will be told."""
        announcement = plan.announcement
        values = self._values(RequestId("…"), announcement, announcement.previous) | {
            "holders": len(plan.holders),
            "unreachable": plan.unreachable,
            "unsent": len(plan.unsent),
            "sent": len(plan.sent),
        }
        told = self._told(RequestId("…"), announcement, announcement.previous)
        choice = self._own_choice(RequestId("…"), announcement, announcement.effective_at)
        return (Say("announce.preview", values), *told, *(Say(s.text, s.values) for s in choice))

    def letter(
        self, request: LicenseRequest, announcement: Announcement, old: str, email: str, closes: datetime
    ) -> Say:
        """An email to a holder who cannot be reached in chat, ready to be sent."""
        values = self._values(request.id, announcement, old) | {"email": email, "silence": self._plain_silence(closes)}
        return Say("change.letter_typo" if announcement.typo_only else "change.letter", values)

    def document(self, request_id: RequestId, announcement: Announcement, old: str) -> DocumentRef:
        """The comparison as PDF."""
        name = f"{self.views.dataset.name}-License-Agreement_{old}_to_{announcement.version}.pdf"
        return DocumentRef(request_id, 0, name, FileKind.CHANGES, f"{old} {announcement.version}")

    def _told(self, request_id: RequestId, announcement: Announcement, old: str) -> tuple[Say, ...]:
        values = self._values(request_id, announcement, old)
        text = "change.told_typo" if announcement.typo_only else "change.told"
        return (Say(text, values), *self._clauses(old, announcement.version), Say("change.attached", values))

    def _clauses(self, old: str, new: str) -> Iterator[Say]:
        versions = self.views.dataset.agreements
        for change in compare(versions[old].clauses, versions[new].clauses):
            if change.touched:
                became = self.views.texts.words[f"became.{_WORDS[change.kind]}"]
                yield Say("change.clause", {"heading": change.new or change.old, "became": became})

    def _choice(self, request: LicenseRequest, announcement: Announcement, closes: datetime) -> tuple[Say, ...]:
        if announcement.typo_only:
            return ()
        if request.standing is Standing.SIGNER:
            return self._own_choice(request.id, announcement, closes)
        values = self._values(request.id, announcement, request.document.version)
        forward = Say("change.forward", values | {"silence": self._plain_silence(closes)})
        return (forward, self._silence(closes))

    def _own_choice(self, request_id: RequestId, announcement: Announcement, closes: datetime) -> tuple[Say, ...]:
        if announcement.typo_only:
            return ()
        offers = (Offer(Choice.STAY, request_id), Offer(Choice.OPT_OUT, request_id))
        return (
            Say("change.choice", {"request_id": request_id, "version": announcement.version}, offers),
            self._silence(closes),
        )

    def _silence(self, closes: datetime) -> Say:
        text = "change.silence_stays" if self.silence is Silence.STAYS else "change.silence_ends"
        return Say(text, {"closes": closes})

    def _plain_silence(self, closes: datetime) -> str:
        """For mails to the signer, who has to know what no answer means before it counts."""
        return self.views.plain_of(self._silence(closes))

    def _values(self, request_id: RequestId, announcement: Announcement, old: str) -> dict[str, Value]:
        quotes = self._la.quotes
        return {
            "request_id": request_id,
            "version": announcement.version,
            "old": old,
            "effective": announcement.effective_at,
            "reason": announcement.typo_only,
            "changes": quotes["changes"].text,
            "opting_out": quotes["opting_out"].text,
        }

    @property
    def _la(self) -> Agreement:
        return self.views.dataset.current


REMINDERS = frozenset({Informed.HALFWAY, Informed.LAST})
