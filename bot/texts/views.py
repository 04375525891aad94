"""Views of requests, of an issued document with its next steps, of the terms, and of an answer.

A view becomes sayings, and all sayings of a turn one message; the words are in the texts.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.agreement.agreement import Dataset
from bot.agreement.citation import as_bibtex, as_csl_json, as_ris, as_text
from bot.agreement.clauses import ClauseId, Quote
from bot.model.identity import Role
from bot.model.message import BlockKind, Button, DocumentRef, Message, TextBlock, plain_text
from bot.model.people import PersonalData, Standing
from bot.request.events import Happened, has_stayed, informed_of
from bot.request.lifecycle import PERMISSIONS
from bot.request.request import LicenseRequest, waiting_for
from bot.request.status import EmailCheck, Status
from bot.request.version_notice import VersionNotice
from bot.terms.answer import Answer, AnswerKind
from bot.terms.port import Terms
from bot.texts.actions import ACTIONS, MEANT
from bot.texts.catalogue import Texts
from bot.texts.choice import Choice
from bot.texts.say import ABOUT_VERSION, LISTED, Offer, Say, Value

_SMALL_TALK = {AnswerKind.CHITCHAT, AnswerKind.NONSENSE, AnswerKind.COMMAND, AnswerKind.WISH}
_MERGED = {BlockKind.LIST, BlockKind.STEPS, BlockKind.COPY}


_CLOSED = frozenset({Status.EXPIRED, Status.WITHDRAWN})
"""Statuses of requests that "start from the old one" applies to: they came to nothing, their answers are still good."""

_ANSWERS = frozenset({Choice.STAY, Choice.OPT_OUT})

_UNSENT = frozenset({Status.ISSUED, Status.RETURNED})

_MOST_SHOWN = 5
"""Requests that get a button in a list: what fits under one message on every platform."""


@dataclass(frozen=True, slots=True)
class Views:
    """The dataset, its terms, and the words."""

    texts: Texts
    terms: Terms
    dataset: Dataset

    def message(
        self, says: Sequence[Say], token: str, document: DocumentRef | None = None, *, form: bool = False
    ) -> Message:
        """The sayings of a turn as one message, with their choices under it: those of the open question first."""
        blocks = tuple(_merged(block for say in says for block in self._blocks(say)))
        offers = dict.fromkeys(offer for say in (*says[-1:], *says[:-1]) for offer in say.offers)
        return Message(blocks, tuple(_told_apart([self._button(offer) for offer in offers])), token, document, form)

    def _blocks(self, say: Say) -> Iterator[TextBlock]:
        beside = tuple(Button(f"{o.choice}:{o.argument}", self.texts.words[f"beside.{o.choice}"]) for o in say.beside)
        for block in self.texts.blocks(say):
            yield replace(block, beside=beside) if beside and block.kind is BlockKind.LIST else block

    def plain(self, text: str) -> str:
        """A text without values as plain words."""
        return self.plain_of(Say(text))

    def plain_of(self, *says: Say) -> str:
        """Sayings as plain words."""
        return plain_text(self.message(says, ""))

    def _button(self, offer: Offer) -> Button:
        choice = f"{offer.choice}:{offer.argument}" if offer.argument else str(offer.choice)
        return Button(choice, self._label(offer))

    def _label(self, offer: Offer) -> str:
        match offer.choice:
            case Choice.READING:
                return self.terms.label(offer.argument)
            case Choice.CLAUSE:
                return self.texts.label(replace(offer, argument=self.texts.source(Quote(ClauseId(offer.argument), ""))))
            case _:
                return self.texts.label(offer)

    def answer(self, answer: Answer) -> tuple[Say, ...]:
        """Return an answer about the LA, and the choices that follow."""
        readings = tuple(Offer(Choice.READING, unit) for unit in answer.readings)
        clauses = tuple(Offer(Choice.CLAUSE, clause) for clause in answer.clauses[:1] if not self._is_whole(answer))
        to_ask = () if answer.kind in _SMALL_TALK else (Offer(Choice.ASK_LICENSOR),)
        where = "; ".join(dict.fromkeys(self.texts.source(Quote(clause, "")) for clause in answer.clauses))
        values: dict[str, Value] = {
            "headline": answer.headline,
            "text": answer.text,
            "quotes": answer.quotes,
            "where": where,
        }
        return (Say("answer.headed" if answer.headline else "answer.plain", values, (*readings, *clauses, *to_ask)),)

    def _is_whole(self, answer: Answer) -> bool:
        """Return whether the answer quotes its clause from end to end, so that nothing more of it is left to read."""
        return any(quote.text == self.dataset.current.clause(quote.clause).text for quote in answer.quotes[:1])

    def clause(self, clause_id: str) -> tuple[Say, ...]:
        """A clause as the LA words it; where the version in force has none of that id, what there is to read."""
        is_there = any(clause.id == clause_id for clause in self.dataset.current.clauses)
        return (self._whole(ClauseId(clause_id)),) if is_there else self.overview()

    def whole_text(self) -> tuple[Say, ...]:
        """The LA from its title to its sign block."""
        return tuple(self._whole(clause.id) for clause in self.dataset.current.clauses)

    def _whole(self, clause_id: ClauseId) -> Say:
        return Say("terms.whole", {"quotes": (Quote(clause_id, self.dataset.current.clause(clause_id).text),)})

    def overview(self) -> tuple[Say, ...]:
        """Every numbered clause with one plain sentence."""
        clauses = [clause for clause in self.dataset.current.clauses if clause.number]
        lines = (
            Say("terms.clause", {"heading": c.heading, "plain": self.terms.plain(c.id)}, (Offer(Choice.CLAUSE, c.id),))
            for c in clauses
        )
        return (Say("terms.intro"), *lines, Say("terms.outro", {}, (Offer(Choice.WHOLE_TEXT),)))

    def cite(self) -> tuple[Say, ...]:
        """The reference that clause 4 asks for, in the formats that people paste."""
        citation = self.dataset.citation
        formats = {
            "Text": as_text(citation),
            "BibTeX": as_bibtex(citation),
            "RIS": as_ris(citation),
            "CSL-JSON": as_csl_json(citation),
        }
        says = (Say("cite.format", {"format": name, "reference": text.strip()}) for name, text in formats.items())
        return (Say("cite.intro"), *says)

    def requests(self, requests: Sequence[LicenseRequest], wish: str = "") -> tuple[Say, ...]:
        """Every request of a person in a line, with whom it waits for. `wish`: the choice that one is picked for."""
        if not requests:
            return (Say("request.none", {}, () if wish == LISTED else (Offer(Choice.REQUEST),)),)
        lines = [Say("request.all"), *(Say("request.line", self.line(request)) for request in requests)]
        if wish == LISTED:
            return tuple(lines)
        if wished := self._picked_for(requests, wish):
            return (*lines, Say("request.pick_for", {}, wished))
        shown = tuple(Offer(Choice.SHOW_REQUEST, request.id) for request in requests[:_MOST_SHOWN])
        if len(requests) == 1:
            step = self.next_step(requests[0])
            return (*lines, replace(step, offers=(*step.offers, *_actions(requests[0]), *shown)))
        return (*lines, Say("request.pick", {}, shown))

    def request(self, request: LicenseRequest) -> tuple[Say, ...]:
        """One request: where it stands, whom it waits for, and what can be done."""
        resends = request.status in _UNSENT and not self.is_outdated(request)
        resend = (Offer(Choice.SEND_AGAIN, request.id),) if resends else ()
        head = Say("request.head", self.line(request), (*_actions(request), *resend))
        return (head, self.next_step(request))

    def meant_by(self, choice: Choice, requests: Sequence[LicenseRequest]) -> list[LicenseRequest]:
        """The requests that a choice can be about; of them those that it is waited for with, if there are any."""
        if choice is Choice.START_FROM:
            return [request for request in requests if request.status in _CLOSED]
        command = MEANT.get(choice)
        able = [r for r in requests if command is None or command in PERMISSIONS[r.status, Role.APPLICANT]]
        if choice in _ANSWERS:
            return [r for r in able if _asked_of(r) and not (choice is Choice.STAY and has_stayed(r.events))] or able
        return [r for r in able if self.is_outdated(r)] or able if choice is Choice.RENEW else able

    def _picked_for(self, requests: Sequence[LicenseRequest], wish: str) -> tuple[Offer, ...]:
        """The wish for each request that it is possible with."""
        if wish not in {*MEANT, Choice.SEND_AGAIN, Choice.START_FROM}:
            return ()
        able = self.meant_by(Choice(wish), requests)
        return tuple(_offer(Choice(wish), request) for request in able[:_MOST_SHOWN])

    def is_outdated(self, request: LicenseRequest) -> bool:
        """Return whether the request's document was not sent, and is on a version of the LA that was replaced."""
        return request.status in _UNSENT and self.dataset.in_force.is_past(request.document.version)

    def next_step(self, request: LicenseRequest) -> Say:
        """Whom a request waits for and what is to be done; never to send what is on a version that is past."""
        if self.is_outdated(request):
            return Say("request.outdated", self.line(request), (Offer(Choice.RENEW, request.id),))
        asked = _asked_of(request)
        if asked and request.status is Status.APPROVED and not has_stayed(request.events):
            offers = (_offer(Choice.STAY, request), _offer(Choice.OPT_OUT, request))
            return Say("request.asked", {"version": asked.version}, offers)
        told = None if asked else informed_of(request.events)
        if told and request.status is Status.APPROVED and not has_stayed(request.events):
            return Say("request.asked_of_signer", {"version": told.version})
        if _lacked(request):
            return Say("request.emailed_lacking", {}, (Offer(Choice.EMAIL_READY, request.id),))
        return Say(_next_step(request))

    def line(self, request: LicenseRequest) -> dict[str, Value]:
        """Return the values of a line about a request."""
        party = waiting_for(request)
        return {
            "request_id": request.id,
            "number": request.document.number,
            "version": request.document.version,
            "status": request.status,
            "since": request.since,
            "waiting": party or self.texts.words["party.nobody"],
        }

    def issued(self, request: LicenseRequest, persons: PersonalData) -> tuple[Say, ...]:
        """An issued document: what to do with it, what the LA says of that, the email, the line for the signer."""
        values = self.issued_values(request, persons)
        own = request.standing is Standing.SIGNER
        texts = [
            "intro",
            *(["again"] if request.document.number > 1 else []),
            *(["soon"] if self.dataset.in_force.coming else []),
            "steps_self" if own else "steps_signer",
            "la_says",
            *(["la_says_student"] if request.standing is Standing.STUDENT else []),
            "practice",
            *(["practice_researcher"] if request.standing is Standing.RESEARCHER else []),
            "mail",
            f"mail_{'self' if own else request.standing}",
            *([] if own else ["for_signer"]),
        ]
        says = [Say(f"issued.{text}", values) for text in texts]
        ready = (Choice.EMAIL_READY,) if own else (Choice.FOR_SIGNER, Choice.EMAIL_READY)
        to_send = tuple(Offer(choice, request.id) for choice in ready) if Choice.EMAILED in _possible(request) else ()
        return (*says[:-1], replace(says[-1], offers=(*_actions(request)[:1], *to_send, *_actions(request)[1:])))

    def issued_values(self, request: LicenseRequest, persons: PersonalData) -> dict[str, Value]:
        """Return the text values of an issued document and its email."""
        signer, applicant = persons.signer, persons.applicant
        return {
            **self.line(request),
            "pages": request.document.pages,
            **self._coming(),
            "signer": signer.name,
            "title": signer.title,
            "affiliation": signer.affiliation,
            "signer_email": signer.email,
            "cc": "" if request.standing is Standing.SIGNER else signer.email,
            "applicant": applicant.name if applicant else "",
            "subject": self.plain_of(Say("issued.subject", self.line(request))),
        }

    def _coming(self) -> dict[str, Value]:
        """The version that was announced and does not hold yet."""
        coming = self.dataset.in_force.coming
        return {"effective": coming[0], "new_version": coming[1]} if coming else {}

    def document(self, request: LicenseRequest) -> DocumentRef:
        """The current document, to be sent along with a message."""
        number = request.document.number
        return DocumentRef(request.id, number, f"{self.dataset.name}-License-Agreement_{request.id}_{number}.pdf")


def _told_apart(buttons: Sequence[Button]) -> Iterator[Button]:
    """Yield the buttons; those with equal labels are extended by their subject."""
    labels = [button.label for button in buttons]
    for button in buttons:
        argument = button.choice.partition(":")[2].partition(ABOUT_VERSION)[0]
        yield replace(button, label=f"{button.label}: {argument}") if labels.count(button.label) > 1 else button


def _possible(request: LicenseRequest) -> set[Choice]:
    return {offer.choice for offer in _actions(request)}


def _actions(request: LicenseRequest) -> tuple[Offer, ...]:
    """Return the applicant's possible actions on a request now."""
    allowed = PERMISSIONS[request.status, Role.APPLICANT]
    return tuple(Offer(choice, request.id) for choice, command in ACTIONS if command in allowed)


def _lacked(request: LicenseRequest) -> bool:
    """Return whether the applicant, checking the email again, found something missing."""
    said = (e.reasons for e in reversed(request.events) if e.happened in {Happened.EMAILED, Happened.EMAIL_CHECKED})
    return request.status is Status.EMAILED and next(said, ()) not in {(), (EmailCheck.COMPLETE,)}


def _asked_of(request: LicenseRequest) -> VersionNotice | None:
    """The version that the person was told of, and may stay with or opt out of."""
    return informed_of(request.events) if request.standing is Standing.SIGNER else None


def _offer(choice: Choice, request: LicenseRequest) -> Offer:
    """A choice about a request; an answer to a change is about its version too, and about no later one."""
    asked = _asked_of(request) if choice in _ANSWERS else None
    return Offer(choice, f"{request.id}{ABOUT_VERSION}{asked.version}" if asked else request.id)


def _next_step(request: LicenseRequest) -> str:
    if request.status is Status.ISSUED:
        return "request.issued_self" if request.standing is Standing.SIGNER else "request.issued_signer"
    if request.status is Status.WITHDRAWN and request.has_lost_persons:
        return "request.withdrawn_without_signer"
    return f"request.{request.status}"


def _merged(blocks: Iterable[TextBlock]) -> Iterator[TextBlock]:
    """Neighbouring items of a list become one list, neighbouring lines to copy one text."""
    last: TextBlock | None = None
    for block in blocks:
        if last and last.kind is block.kind and block.kind in _MERGED and not block.beside:
            last = replace(last, lines=last.lines + block.lines)
            continue
        if last:
            yield last
        last = block
    if last:
        yield last
