"""Several fields in one message: a labelled block ("Name: … Title: …") or an email signature.

Only what is clearly there is taken: a field that two lines give differently is left out, and a message that may be the
plain answer to the question asked (a postal address above all) is no block. The values are raw:
`bot.form.validation.check` judges them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.form.characters import all_lines
from bot.form.email_signature import is_closing, read_signature
from bot.form.job_titles import without_fixed_position
from bot.model.people import APPLICANT_FIELDS, SIGNER_FIELDS, Field

_MOST_TYPED = 10_000  # code points; a longer message is no form
_NOT_ASKED = "not asked"

# What a label stands for, in English, Finnish, German, French, Spanish, Chinese, Japanese.
_LABELS: Mapping[str, str] = {
    Field.NAME: "name|full name|name and surname|first name|given name|last name|family name|surname|nimi|koko nimi"
    "|vollständiger name|vor- und nachname|nom|nom complet|nom et prénom|prénom et nom|nombre|nombre completo"
    "|nombre y apellidos|姓名|名字|氏名|お名前|名前",
    Field.TITLE: "title|job title|designation|academic title|position|job position|rank|role"
    "|titteli|nimike|tehtävänimike|asema"
    "|titel|stellung|funktion|titre|fonction|poste|título|titulo|cargo|puesto|职称|职务|頭銜|头衔|職稱|職務|役職|職名|職位|职位",
    Field.AFFILIATION: "affiliation|institute|institution|university|organisation|organization|department|faculty"
    "|research group|employer|affiliaatio|organisaatio|yliopisto|laitos|einrichtung|institut|universität|zugehörigkeit"
    "|établissement|université|laboratoire|afiliación|institución|universidad|单位|工作单位|單位|机构|機構|学校|學校|大学"
    "|所属|所属機関|所属机构",
    Field.EMAIL: "email|e-mail|e|mail|work email|work e-mail|work mail|institutional email|official email"
    "|email id|email address|e-mail address|work email address|sähköposti|työsähköposti|sähköpostiosoite|e-mail-adresse"
    "|dienstliche e-mail|courriel|mél|adresse e-mail|adresse électronique|correo|correo electrónico|邮箱|工作邮箱"
    "|电子邮箱|电子邮件|電子郵件|信箱|メール|メールアドレス",
    Field.ADDRESS: "address|detail address|detailed address|postal address|mailing address|work address"
    "|office address|business address|institutional address|street|street address|postal code|postcode|zip"
    "|zip code|city|country|osoite|postiosoite|adresse|anschrift|postanschrift|dienstanschrift"
    "|adresse postale|dirección|dirección postal|地址|详细地址|通讯地址|通信地址|住所|所在地",
    _NOT_ASKED: "t|m|p|w|phone|telephone|tel|mobile|cell|fax|date|signature|web|website|homepage|url|orcid|purpose"
    "|project|dataset|puhelin|telefon|téléphone|teléfono|电话|電話|手机|日期|签名|日付|署名|subject|from|to|cc|sent",
}
_FIELD_OF = {label: field for field, labels in _LABELS.items() for label in labels.split("|")}
# Labels that are also ordinary words of an affiliation: they count at the start of a line, or after a separator.
_WORDS_OF_VALUES = frozenset(_LABELS[Field.AFFILIATION].split("|")) - {"affiliation"}
_WORDS_OF_VALUES |= {"to", "from", "city", "mail", "e", "t", "m", "p", "w"}
_PARTS_OF_NAME = frozenset({"first name", "given name", "last name", "family name", "surname"})
_JOINTS = {Field.NAME: " ", Field.TITLE: ", ", Field.AFFILIATION: ", ", Field.ADDRESS: "\n"}

_OWNERS: Mapping[str, str] = {
    "my": "my|my own|mein|meine|mon|ma|mi|我的|本人",
    "applicant": "applicant|applicant's|student|student's|researcher|researcher's|申请人|学生",
    "signer": "signer|signer's|signatory|signatory's|professor|professor's|prof|prof.|supervisor|supervisor's|advisor"
    "|advisor's|group leader|group leader's|leader|leader's|pi|pi's|导师|教授|签署人",
}
_OWNER_OF = {word: owner for owner, words in _OWNERS.items() for word in words.split("|")}
_OWNER_OF |= {f"my {word}": "signer" for word in _OWNERS["signer"].split("|")}
# After a mere space the others may end a value: "Title: Professor Email: …".
_NO_TITLES = [who for who in _OWNER_OF if who.startswith(("my", "applicant", "signer"))]


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_LABEL = re.compile(
    r"(?:(?:^(?:(?:[-•#]+|\d{1,2}[.)]) ?)*|(?P<separator>[;,|、，；]) ?)"
    rf"(?:(?P<who>{_any_of(_OWNER_OF)})(?:['’]s)? ?)?|(?P<space> )(?:(?P<whose>{_any_of(_NO_TITLES)}) )?)"
    rf"(?P<what>{_any_of(_FIELD_OF)})?(?: ?[(（][^()（）\n]{{0,60}}[)）])? ?(?P<end>[:：=]|[-–—](?= )|is(?= )|$)",
    re.IGNORECASE | re.MULTILINE,
)


_PARTED = re.compile(r"[^\w .'’@]|\bis\b", re.IGNORECASE)
"""Separators between the parts of a block, of any kind: without one there is one value only."""

_LABELLED = re.compile(r"[^\w .'’@,/()]|\bis\b", re.IGNORECASE)
"""Separators behind a label or at its line's end. A comma is none: a plain postal address has commas."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A labelled value. `owner`: my, applicant, signer, or empty; `field`: one of the signer's, or none asked for."""

    owner: str
    field: str
    label: str
    value: str


def from_block(text: str, expected: Sequence[Field]) -> dict[Field, str]:
    """The raw values that a pasted block or signature clearly holds; {} where it is the answer to one question.

    `expected`: the fields still open, the one that is being asked for first. Others are left out.
    """
    if not expected or len(text) > _MOST_TYPED:
        return {}
    parted = _LABELLED if expected[0] is Field.ADDRESS else _PARTED
    if not parted.search(text):
        return {}
    entries, loose, starts_with_label = _entries(_plain(text))
    is_labelled = starts_with_label or len({entry.field for entry in entries} - {_NOT_ASKED}) > 1
    labelled = _labelled(entries, expected) if is_labelled else {}
    found = labelled | _signed(entries, loose, expected)
    return {field: found[field] for field in expected if field in found}


def _plain(text: str) -> str:
    """Clean lines, without a chat's bold type and a mail's marks of quotation; a tab after a label is its colon."""
    with_colons = re.sub(r"(?m)^([^\t\n:]{1,40})\t+", r"\1: ", text.replace("*", ""))
    return "\n".join(line.lstrip("> ") for line in all_lines(with_colons))


def _entries(text: str) -> tuple[list[_Entry], list[str], bool]:
    """The labelled values, the lines that no label claims, and whether the text begins with a label."""
    marks = [mark for mark in _LABEL.finditer(text) if _is_label(mark)]
    if not marks:
        return [], text.split("\n"), False
    entries, loose, owner = [], text[: marks[0].start()].split("\n"), ""
    for mark, end in zip(marks, [*(mark.start() for mark in marks[1:]), len(text)], strict=True):
        who, what = _OWNER_OF.get((mark["who"] or mark["whose"] or "").lower(), ""), (mark["what"] or "name").lower()
        field = _FIELD_OF[what]
        value, rest = _claimed(field, text[mark.end() : end])
        loose += rest
        if who and not mark["what"] and not value:
            owner = who  # "Signer:" on a line of its own heads what follows
        elif value:
            entries.append(_Entry(who or owner, field, what, value))
    return entries, loose, not text[: marks[0].start()].strip()


def _is_label(mark: re.Match[str]) -> bool:
    begins_line = mark["separator"] is None and mark["space"] is None
    what, has_colon = (mark["what"] or "").lower(), mark["end"] in {":", "："}
    if not what:
        return bool(mark["who"]) and begins_line and has_colon
    if has_colon or mark["end"] == "=":
        return not mark["space"] or what not in _WORDS_OF_VALUES
    if mark["end"].lower() == "is":  # "My name is Li Wei and my email is …"
        return bool(mark["who"] or mark["whose"])
    return begins_line and len(what) > 1


def _claimed(field: str, text: str) -> tuple[str, list[str]]:
    """The lines that belong to the label: the first that holds something, of places all up to an empty one."""
    if field == _NOT_ASKED:
        line, _, rest = text.partition("\n")
        return line, rest.split("\n")
    lines = re.sub(r",? and$", "", text.strip(" \n;,|、，；")).split("\n")
    closing = next((i for i, line in enumerate(lines) if is_closing(line)), len(lines))
    size = lines.index("") if "" in lines else len(lines)
    size = min(size, closing) if field in {Field.AFFILIATION, Field.ADDRESS} else min(1, closing)
    value = "\n".join(lines[:size])
    return (value if any(map(str.isalnum, value)) else ""), lines[size:]


def _labelled(entries: Sequence[_Entry], expected: Sequence[Field]) -> dict[Field, str]:
    found: dict[Field, str] = {}
    unowned = _owner_of_unowned(entries, expected)
    for field in SIGNER_FIELDS:
        mine = _owner_of_mine(field, entries, expected)
        owned = [(mine if e.owner == "my" else e.owner or unowned, e) for e in entries if e.field == field]
        for owner in ("signer", "applicant"):
            target = _of_owner(field, owner)
            value = _one_value(field, [entry for whose, entry in owned if whose == owner])
            if target and value:
                found[target] = value
    return found


def _owner_of_unowned(entries: Sequence[_Entry], expected: Sequence[Field]) -> str:
    """Whose "Name:" is meant: the person's who is asked for, unless "My name:" or a whole sign block stands there."""
    if expected[0] not in APPLICANT_FIELDS or any(entry.owner in {"my", "applicant"} for entry in entries):
        return "signer"
    values = {entry.field: entry.value for entry in entries if not entry.owner}
    has_place = Field.AFFILIATION in values or Field.ADDRESS in values
    is_sign_block = Field.TITLE in values and has_place and not without_fixed_position(values[Field.TITLE])
    return "signer" if is_sign_block else "applicant"


def _owner_of_mine(field: str, entries: Sequence[_Entry], expected: Sequence[Field]) -> str:
    """Return the owner that "my" refers to: the signer, if nobody else is asked for or named."""
    is_another = any(entry.field == field and entry.owner != "my" for entry in entries)
    return "applicant" if is_another or set(expected) & set(APPLICANT_FIELDS) else "signer"


def _of_owner(field: Field, owner: str) -> Field | None:
    of_applicant = {Field.NAME: Field.APPLICANT_NAME, Field.EMAIL: Field.APPLICANT_EMAIL}
    return field if owner == "signer" else of_applicant.get(field)


def _one_value(field: Field, entries: Sequence[_Entry]) -> str:
    """The value that the entries agree on, or make up together as "Street" and "City" do; empty where they differ."""
    if not entries:
        return ""
    # A country stands last in an address, wherever a form asked for it.
    by_label = {entry.label: entry.value for entry in sorted(entries, key=lambda entry: entry.label == "country")}
    if any(by_label[entry.label] != entry.value for entry in entries):
        return ""
    values = list(dict.fromkeys(by_label.values()))
    if len(values) == 1:
        return values[0]
    are_parts = by_label.keys() <= _PARTS_OF_NAME if field is Field.NAME else field is not Field.EMAIL
    return _JOINTS[field].join(values) if are_parts else ""


def _signed(entries: Sequence[_Entry], loose: Sequence[str], expected: Sequence[Field]) -> dict[Field, str]:
    """Return the unlabelled values of an email signature; {} if it may be the answer to the question for an address."""
    fields = {entry.field for entry in entries}
    if expected[0] is Field.ADDRESS or fields & {Field.NAME, Field.TITLE}:
        return {}
    emails = [entry.value for entry in entries if entry.field == Field.EMAIL]
    signature = read_signature([*loose, *emails])
    is_whole = Field.EMAIL in signature or expected[0] in {Field.NAME, Field.APPLICANT_NAME}
    if not is_whole:
        return {}
    owner = "applicant" if expected[0] in APPLICANT_FIELDS else "signer"
    targets = ((_of_owner(field, owner), value) for field, value in signature.items())
    return {target: value for target, value in targets if target}
