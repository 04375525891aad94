"""Recognition of titles that evidently imply no fixed position. Standard library only.

The LA wants a signer "in a fixed position in the data requiring institution" (clause 3). A title is only words, so it
is never refused: it is asked about. What is judged is the head of each part: "Director of Postdoctoral Training" is a
director, "Student Affairs Coordinator" a coordinator, "PhD student in Physics" a student.

Decided: an emeritus has left the position, and an honorary or visiting one has it elsewhere: asked. "Assistant" alone
and research or teaching assistants: asked; "Assistant Professor" is not. Docents, adjuncts, research fellows and
associates, 助教 and 助理研究员 hold fixed positions in some countries: not asked.
"""

import re
import unicodedata

_PARTS = re.compile(r"[,;|&()/\u3001\uff0c\u2013\u2014]| (?:and|und|et|y|e|ja|och|en) ")
# What follows is what the position deals with, not the position.
_OBJECT = re.compile(
    r" (?:of|for|in|at|to|on|with|de|des|du|del|della|di|do|da|der|für|im|am|bei|pour|para|av|för|van|voor|по|для)\b.*"
)
# A word that a position's firm name follows: "student affairs", "graduate studies", "doctoral school".
_NO_ROLE = re.compile(
    r"\b(?:affairs|services|education|training|school|studies|program(?:me)?s?|support|recruitment|office|success)$"
)
_FIRM = re.compile(
    r"profess|\bprof\b|profes[oö]r|\b(?:head|dean|leader|lead|chair\w*|lecturer|manager|coordinator|supervisor|advis[eo]r"
    r"|principal|president|teacher|officer|administrator|mentor|direct\w+|diret\w+|dirett\w+|direkt\w+|re[ck]tor\w*"
    r"|dekaan\w*|dekan\w*|doyen\w*|decan\w*|\w*leiter\w*|\w*betreuer\w*|\w*johtaja|\w*päällikkö|\w*lehtori|\w*ohjaaja"
    r"|\w*vetäjä|profesor\w*|директор\w*|руководитель|заведующ\w*|декан|профессор)\b"
)
_NEVER_FIXED = re.compile(
    r"\b(?:visiting|guest|honorary|retired|former|emerit\w*|émérite\w*|emérit\w*|emeriti\w*"
    r"|vierail\w+|gast\w+|gäst\w*|invité\w*|visiteu\w+|visitante|invitad\w+|приглаш[её]нный|زائر|مهمان)\b"
)
_ROLES = re.compile(
    r"\b(?:student|undergrad\w*|postgrad\w*|graduate|candidate|post ?do[ck]\w*|pre ?do[ck]\w*|doctoral|esr"
    r"|intern|internship|trainee|apprentice|assistant|(?:phd|msc|bsc) (?:researcher|fellow|scholar|worker)"
    r"|\w*opiskelija|väitöskirja\w*|tohtorikoulutettava|tutkijatohtori|harjoittelija|\w*avustaja|assistentti"  # Finnish
    r"|doktorand\w*|promovend\w*|\w*studentin|studierende\w?|praktikant\w*|\w*hilfskraft|hiwi|\w*assistent\w*"  # German
    r"|\w*student|stagiair\w*"  # Dutch, Swedish
    r"|doctorant\w*|thésard\w*|étudiant\w*|stagiaire|ater|assistante|apprenti\w*"  # French
    r"|doctorand\w*|estudiante|becari\w*|pos ?doc\w*|pasante|alumn[oa]|asistente|candidat[oa]?"  # Spanish
    r"|doutorand\w*|mestrand\w*|bolsista|estagiári\w*|pós ?do\w*|alun[oa]"  # Portuguese
    r"|dottorand\w*|studente\w*|assegnista|tirocinante|borsista|specializzand\w*"  # Italian
    r"|doktorant\w*|öğrenci\w*|stajyer|аспирант\w*|студент\w*|магистрант\w*|стаж[её]р\w*|докторант\w*|постдок\w*"
    r"|ассистент\w*|طالب\w*|متدرب\w*|دانشجو\w*)\b"
)
_CJK_FIRM = re.compile(
    r"(?:教授|导师|導師|[处院部所科系室校会]长|[処處院部所科系室校課会]長|主任|书记|書記|교수|[원학처소장]장)$"
)
_CJK_NEVER_FIXED = re.compile(
    r"客座|客员|客員|名誉教授|名譽教授|荣休|榮休|退休|(?:访问|訪問)(?:学者|學者|教授|学生|研究[员員])|방문|초빙|명예교수"
)
_CJK_ROLES = re.compile(
    r"博士生|[硕碩]士生|研究生|[学學]生|本科生|院生|博士[后後]|博后|[实實][习習]|研究助理|科研助理"
    r"|博士.*[課课]程|修士[課课]程|ポスドク|博士研究員|研修生|インターン|학생|[박석]사 ?과정|박사후|포닥|대학원생|인턴"
)


_TITLE = re.compile(
    r"(?:(?:a|the|full|senior|junior|associate|assistant|adjunct|tenured?) )*"
    r"(?:professor|prof|lecturer|docent|reader|(?:group|team) lead(?:er)?|principal investigator|pi|post ?doc\w*"
    r"|phd student|doctoral (?:student|researcher))"
)


def is_title(text: str) -> bool:
    """Return whether the text is nothing but a title, as "full professor": no place where somebody could work."""
    return bool(_TITLE.fullmatch(_plain(text).strip()))


def without_fixed_position(title: str) -> bool:
    """Return whether a part of the title names a role of training, of passage, of a visit, or one that was left."""
    return any(_is_passing(part.strip()) for part in _PARTS.split(_plain(title)) if part.strip())


def _plain(title: str) -> str:
    """Lower case, no dots, "post-doc" in one word, no marks of gender: Doktorand:in, étudiant·e, doctorant(e)."""
    text = unicodedata.normalize("NFKC", title).casefold().replace(".", "")
    text = re.sub(r"(?<=\w)(?:[·:*_/-]|\()(?:e|a|in|innen|ne)\b\)?", "", text)
    return re.sub(r"[-‐‑’' ]+", " ", re.sub(r"\b(post|pre|pos|pós)[-‐‑]", r"\1", text))


def _is_passing(part: str) -> bool:
    if _CJK_NEVER_FIXED.search(part):
        return True
    if _CJK_ROLES.search(part):
        return not _CJK_FIRM.search(part)
    head = _OBJECT.sub("", part)
    if _NEVER_FIXED.search(head):
        return True
    return bool(_ROLES.search(head)) and not _FIRM.search(head) and not _NO_ROLE.search(head)
