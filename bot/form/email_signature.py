"""An email signature: the lines under a mail that say who somebody is. Standard library only.

Read from the top: the name, then lines known by their words (a title, an institution) or their look (an address has a
number and is no telephone). A name with a title, an institution or an address makes a signature; less is none.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import dropwhile

from bot.form.characters import has_letter, separates_words
from bot.model.people import Field

_CLOSING = re.compile(
    r"-{2,}|_{2,}|sent from my .*|get outlook .*|best|cheers|thanks?|thank you(?: .*)?|many thanks|sincerely(?: yours)?"
    r"|yours (?:sincerely|faithfully|truly)|(?:with )?(?:(?:best|kind|warm|kindest|warmest|many) )*(?:regards|wishes)"
    r"|terveisin|ystävällisin terveisin|yst\. terv\.?|t\.|kiitos|mit freundlichen grüßen|mfg|viele grüße|beste grüße"
    r"|cordialement|bien cordialement|merci|saludos(?: cordiales)?|un saludo|atentamente|gracias|med vänlig hälsning"
    r"|此致|敬礼|祝好|谢谢|謝謝|よろしくお願い(?:いた)?します",
    re.IGNORECASE,
)
_OPENING = re.compile(r"(?:hi|hello|hey|dear)\b.*|.*[:!]", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s<>()\[\]:;,|\"@]{1,64}@[^\s<>()\[\]:;,|\"@]{1,255}")
_WEB = re.compile(r"https?://|\bwww\.|^[\w.-]+\.[a-z]{2,}(?:/\S*)?$", re.IGNORECASE)
_TELEPHONE = re.compile(
    r"(?:\w{1,9}\.?:? ?)?[+(]?[\d()+][\d ()+./-]{5,}$|(?:tel|fax|phone|mobile|office|gsm|puh)\b\D{0,12}\d",
    re.IGNORECASE,
)
_INSTITUTION = re.compile(
    r"universi|institut|\b(?:college|school|faculty|department|dept|cent(?:er|re)|lab|group|unit|academy|hospital)\b"
    r"|laborator|yliopisto|tiedekunta|laitos|tutkimusyksikkö|hochschule|fakultät|lehrstuhl|école|faculté|laboratoire"
    r"|facultad|departamento|departement|département|大学|大學|学院|學院|研究所|研究院|研究科|实验室|研究室|대학교",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"\b(?:\w*profess\w*|prof|lecturer|head|\w*director|(?:group|team|lab) leader|dean|chair\w*|researcher|scientist"
    r"|fellow|student|candidate|post-?doc\w*|docent|reader|investigator|assistant|engineer|manager|coordinator|rector"
    r"|\w*tutkija|\w*johtaja|\w*lehtori|\w*direktor\w*|\w*leiter\w*|\w*mitarbeiter\w*|doktorand\w*|directeur|directrice"
    r"|maître de conférences|chercheu\w+|profesor\w*|investigador\w*|catedrátic\w+|director\w*)\b"
    r"|教授|研究[员員]|讲师|講師|博士[生后後]|助教|主任",
    re.IGNORECASE,
)
_HONORIFIC = re.compile(r"\b(?:(?:assoc|asst)\.? )?(?:prof(?:essor)?|dr|mr|mrs|ms)\b\.? ?", re.IGNORECASE)
_DEGREES = re.compile(r",? (?:ph\.?d|d\.?sc|m\.?sc|m\.?d|dr|d\.?phil|m\.?a|b\.?sc)\b\.?.*$", re.IGNORECASE)


def is_closing(line: str) -> bool:
    """Return whether the line ends a mail: "Best regards,", "--"."""
    return bool(_CLOSING.fullmatch(line.rstrip(" ,.!，。")))


def read_signature(lines: Sequence[str]) -> dict[Field, str]:
    """The signer's fields that the lines clearly hold; {} where they are no signature, or hold two email addresses."""
    emails = list(dict.fromkeys(match[0].rstrip(".") for line in lines for match in _EMAIL.finditer(line)))
    pieces = list(dropwhile(_is_opening, _pieces(lines)))
    if len(emails) > 1 or not pieces or not _is_name(pieces[0]):
        return {}
    name, *others = re.split(r", | ?[(]", pieces[0].rstrip(")"))
    found = {Field.NAME: name} | _sorted_by_look([*others, *pieces[1:]])
    enough = len(found) > 1 if emails else {Field.TITLE, Field.AFFILIATION} <= found.keys()
    if not enough:
        return {}
    return found | ({Field.EMAIL: emails[0]} if emails else {})


def _pieces(lines: Sequence[str]) -> Iterator[str]:
    """Yield the lines about a person: those after the last closing words, less telephones, links and emails."""
    closings = [index for index, line in enumerate(lines) if is_closing(line)]
    start = closings[-1] + 1 if closings and any(lines[closings[-1] + 1 :]) else 0
    for line in lines[start:]:
        for piece in re.split(r" ?[|·•] ?", line):
            words = piece.strip(" ,;")
            is_of_net = words.startswith("@") or _EMAIL.search(words) or _WEB.search(words)
            if words and not is_of_net and not _TELEPHONE.match(words):
                yield words


def _is_opening(piece: str) -> bool:
    """A greeting, an introduction, or the one word under "Best regards"."""
    words = piece.split()
    is_said = len(words) == 1 or words[-1][0].islower()
    return bool(_OPENING.fullmatch(piece)) or (is_said and separates_words(piece))


def _is_name(line: str) -> bool:
    """Two to six words that begin with capitals, none of an institution; in Han, Kana, Hangul two to eight letters."""
    name = _DEGREES.sub("", _HONORIFIC.sub("", re.split(r", | ?[(]", line)[0])).strip()
    if not has_letter(name) or re.search(r"\d|[:?!@/]", name) or _INSTITUTION.search(name) or _TITLE.search(name):
        return False
    if not separates_words(name):
        return 2 <= len(name.replace(" ", "")) <= 8
    words = name.split()
    return 2 <= len(words) <= 6 and not words[0][0].islower() and not words[-1][0].islower()


def _sorted_by_look(pieces: Sequence[str]) -> dict[Field, str]:
    titles: list[str] = []
    affiliation: list[str] = []
    address: list[str] = []
    for piece in pieces:
        if any(map(str.isdigit, piece)):
            address.append(piece)
        elif _TITLE.search(piece) and not address:
            title, place = _title_and_place(piece)
            titles.append(title)
            affiliation += [place] if place else []
        elif address:
            address.append(piece)
        elif _INSTITUTION.search(piece):
            affiliation.append(piece)
    joined = {
        Field.TITLE: ", ".join(titles),
        Field.AFFILIATION: ", ".join(affiliation),
        Field.ADDRESS: "\n".join(address),
    }
    return {field: value for field, value in joined.items() if value}


def _title_and_place(piece: str) -> tuple[str, str]:
    """In two: "Professor, University of Oulu", "Professor at the University of Oulu", "東京大学 教授"."""
    place, _, title = piece.rpartition(" ")
    if _INSTITUTION.search(place) and not separates_words(piece):
        return title, place
    for joint in re.finditer(r", | at (?:the )?", piece):
        title, place = piece[: joint.start()], piece[joint.end() :]
        if _INSTITUTION.search(place) and not _TITLE.search(place):
            return title, place
    return piece, ""
