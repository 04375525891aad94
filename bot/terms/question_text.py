"""The form of a line of text: a question or a field's value, one or several; its meaning is not looked at.

PURE. The form is the bot's main job, so a value taken for a question is the worse mistake: without a question's
own words at a question's own place, a text is a value.
"""

import re


def _set(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_QUESTION_WORDS = _set(
    "what whats which who whos whom whose where wheres when why how hows wat wich waht hwo wen",
    "was wer wem wessen wo wohin woher wann warum wieso weshalb wie welche welcher welches welchen",
    "qui que quel quelle quels quelles quand pourquoi comment combien où",
    "qué quién quiénes cuál cuáles cuándo cuánto cuánta cuántos dónde cómo",
    "mikä mitä mihin missä miten miksi kuka kenen kuinka milloin mistä millä",
)
_AUXILIARIES = _set(
    "is are am was were do does did dont doesnt isnt arent can cna could cannot cant may might must shall should will",
    "would has have had need wouldnt couldnt shouldnt wont",
    "darf dürfen kann können muss müssen ist sind gibt haftet",
    "puedo puede podemos se hay debo est peut puis dois faut saako saanko voinko voiko onko pitääkö",
)
_PRONOUNS = _set(
    "i we you u he she it they one this that these those there my our your his her its their any anyone anybody",
    "someone somebody all every each no only both students student people users user everyone everybody nobody",
    "something anything citing signing selling sharing professors",
    "ich wir man es mein unser je nous il mon ma notre mi nuestro permite minun opiskelija",
)
_ARTICLES = _set("a an the das der die ein eine on un une le la les el los una professor")
_BEFORE = _set(
    "and but so or ok okay also hi hello hey please then if not under in to for at by on from with of about",
    "um unter auf für in mit à sur de en por para a",
)
_TALK = (_QUESTION_WORDS | _AUXILIARIES | _PRONOUNS) - _set("se was on hay que")
_JUDGING = _set("ok okay allowed permitted permissible fine required needed necessary acceptable enough")
_NAMING_NOTHING = (
    _AUXILIARIES
    | _set("i we you he she it they this that these those one now then so ok okay fine too also right all")
    | _JUDGING
)
_REQUESTS = re.compile(
    r"(?:please |pls |kindly |could you |can you )?(?:tell me|explain|summari[sz]e|list|show me|give me|help me|"
    r"i need (?:to know|a|an|the)|remind me|describe|clarify|define)\b(?=.*\s)",
    re.IGNORECASE,
)
_INSIDE = re.compile(
    r"\b(?:is|are|am|was|do|does|did|can|could|may|might|must|shall|should|will|would|hvae|have) "
    r"(?:i|we|you|u|he|she|it|they|there|my|our)\b"
    r"|\b(?:what about|how about|i(?: a|')m wondering|i wonder (?:if|whether)|do i|can i|may i|must i)\b"
    r"|[,.] (?:right|correct|isn't it|is it|yes|no|or not|okay|ok)\s*\?",
    re.IGNORECASE,
)
_ASIAN = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_ASIAN_QUESTION = re.compile(
    r"[吗呢]|什么|怎么|怎样|如何|谁|哪|多少|几[个张]|是否|能不能|可不可以|可以|需要"
    r"|ですか|ますか|でしょうか|何|誰|どこ|どう|いつ|いくら|[かの][?？]$"
)
_SENTENCE = re.compile(r"(?<=[?!？！。;；])\s*|(?<=[a-z)\d]{2}\.)\s+(?=[A-Z])|(?<=:)\s+")
_JOINT = re.compile(
    r"(?:,\s*(?:and|or|but)?\s*|\s+(?:and|or)\s+)(?:also\s+|then\s+|if not,?\s+|if so,?\s+)?"
    r"(?=(?:what|which|who|whom|whose|where|when|how|may|can|could|must|should|do|does|is|are|will|would|have|has|"
    r"to which|to whom|for what|at which|in which)\b)",
    re.IGNORECASE,
)
_TAG = re.compile(
    r"[,;] *(?:(?:is|are|was|were|do|does|did|can|could|may|must|should|wo|ca|will|would|have|has)(?:n't)? "
    r"(?:it|they|he|she|we|i|you|there|that)(?: not)?|right|correct|yes|no|or not|okay|ok)[ ?？!.]*$",
    re.IGNORECASE,
)
_OPENINGS = (
    "wait|hold on|one moment|hmm+|hm|um+|uh|oh|ah|well|so|ok|okay|right|alright|sorry|hi|hello|hey|thanks|thank you|"
    "actually|anyway|now|yes|yeah|and|but|also|btw|by the way|please|pls|just|quick question|another question|"
    "one more (?:thing|question)|(?:just )?to be (?:sure|clear|safe)|(?:just )?checking|out of curiosity"
)
_ASKED_NEXT = "|".join([_OPENINGS, *sorted(_TALK - {"there"})])
_OPENING = re.compile(
    rf"^(?:(?:{_OPENINGS})(?:\s*[,;:.!…–—-]+\s*|\s+(?=(?:{_ASKED_NEXT})\b)))+(?=.*\w)", re.IGNORECASE | re.DOTALL
)
_CLAUSE = re.compile(
    r"(.*?)(?:\b(?:clause|section|paragraph)|§) ?(?:no\.? |nr\.? |number |#)?(\d{1,2})(?: ?\(?[a-c]\b\)?)?(?!\w)(.*)",
    re.DOTALL,
)
_TO_READ = _set(
    "what what's whats where is does do did the a in of on about and la license licence agreement lines text words",
    "wording say says said state states mean means read show see open quote explain tell give look me us i we it can",
    "could you want wanna need to like would let please pls ok okay so wait hmm exactly actually again whole full",
    "written stand stands go first now",
)
_FOLLOW_UP = re.compile(
    r"(?:(?:and|but|or|so|ok|okay)\b[ ,]*)*(?:what about|how about|what if|and|also|same for|in that case|und|et|ja|"
    r"entä|y|那|では)\b",
    re.IGNORECASE,
)


def is_question(text: str) -> bool:
    """Return whether `text` asks something, rather than answering an open form field."""
    if _ASIAN.search(text):
        return bool(_ASIAN_QUESTION.search(text)) and ("?" in text or "？" in text or len(text) > 7)
    return any(_asks(sentence) for sentence in _sentences(text))


def _sentences(text: str) -> list[str]:
    return [sentence.strip() for sentence in _SENTENCE.split(text) if sentence.strip()]


def _asks(sentence: str) -> bool:
    sentence = without_opening(sentence)
    words = [word.replace("'", "").replace("’", "") for word in _WORDS.findall(sentence)]
    marked = sentence.endswith("?")
    if not words or ("@" in sentence and not marked):
        return False
    if _REQUESTS.match(sentence) or "¿" in sentence:
        return True
    if not marked and _is_titled(words):
        return False
    if _opens_as_question([word.lower() for word in words], marked) or _INSIDE.search(sentence):
        return True
    lower = [word.lower() for word in words]
    return marked and (lower[-1] in _JUDGING or (len(words) > 1 and any(word in _TALK for word in words)))


def _is_titled(words: list[str]) -> bool:
    """Return whether the text is written as a name: capitals, and no small word that a question would have."""
    capitals = sum(word[0].isupper() for word in words)
    return capitals * 2 > len(words) and not any(word in _TALK for word in words)


def _opens_as_question(words: list[str], marked: bool) -> bool:
    while len(words) > 2 and words[0] in _BEFORE and words[1] in _QUESTION_WORDS | _AUXILIARIES | _BEFORE:
        words = words[1:]
    first, second = words[0], words[1] if len(words) > 1 else ""
    if first in _QUESTION_WORDS:
        return (
            marked or first[:2] in ("wh", "ho") or (len(words) > 2 and second in _AUXILIARIES | _PRONOUNS | _ARTICLES)
        )
    if first in _AUXILIARIES:
        return (len(words) > 2 and second in _PRONOUNS | _ARTICLES) or (marked and len(words) > 3)
    return False


def without_tag(text: str) -> str:
    """`text` less a question tag at its end: ", isn't it?" asks for a yes and denies nothing."""
    return _TAG.sub("", text)


def without_opening(text: str) -> str:
    """`text` less what only opens it: "wait," and "ok so" ask nothing. Kept where nothing would be left."""
    return _OPENING.sub("", text.strip())


def is_follow_up(text: str) -> bool:
    """Return whether `text` leans on something said before: "and for a talk?", or names nothing: "is that ok?"."""
    words = [word.lower() for word in _WORDS.findall(text)]
    leans = bool(_FOLLOW_UP.match(text.strip())) and len(words) <= 10
    return leans or (len(words) > 1 and all(word in _NAMING_NOTHING for word in words))


def clause_to_read(text: str) -> tuple[str, str] | None:
    """The number of the clause that `text` wants read, and the title given with it ("" for none): "clause 6 changes".

    Whatever else is said of a clause asks something about it, and is for the answers.
    """
    found = _CLAUSE.fullmatch(text.casefold().strip())
    return None if found is None or title_of(found[1]) else (found[2], title_of(found[3]))


def title_of(text: str) -> str:
    """The words of `text` that are not about reading: what a clause is called, for comparison."""
    words = (word.replace("’", "'") for word in _WORDS.findall(text.casefold()))
    return " ".join(word for word in words if word not in _TO_READ)


def parts(text: str) -> list[str]:
    """The questions and requests in `text`, in their order; what is told before one of them is kept with it."""
    found: list[str] = []
    told = ""
    for sentence in _sentences(text):
        asked = _joined(sentence)
        if not asked:
            told = f"{told} {sentence}".strip()
            continue
        found += [f"{told} {asked[0]}".strip(), *asked[1:]]
        told = ""
    return found


def _joined(sentence: str) -> list[str]:
    pieces = [piece.strip() for piece in _JOINT.split(sentence) if piece.strip()]
    asks = [piece for piece in pieces if is_question(piece)]
    if len(asks) > 1:
        return asks
    return [sentence] if sentence.endswith(("?", "？")) or is_question(sentence) else []


def is_open(text: str) -> bool:
    """Return whether the text asks only a what, who, where or how, which no yes or no answers."""
    found = parts(text)
    return bool(found) and all(_is_open(part) for part in found)


def _is_open(part: str) -> bool:
    words = [word.lower().replace("'", "").replace("’", "") for word in _WORDS.findall(_sentences(part)[-1])]
    while len(words) > 2 and words[0] in _BEFORE:
        words = words[1:]
    return bool(words) and words[0] in _QUESTION_WORDS and words[:2] not in (["what", "if"], ["how", "about"])
