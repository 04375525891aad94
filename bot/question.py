"""What a line of text looks like, before anybody asks what it means: a question or a field's value, one or several.

PURE. The form is the bot's main job, so a value taken for a question is the worse mistake: without a question's
own words at a question's own place, a text is a value.
"""

import re

_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_QUESTION_WORDS = frozenset(
    [
        "what",
        "whats",
        "which",
        "who",
        "whos",
        "whom",
        "whose",
        "where",
        "wheres",
        "when",
        "why",
        "how",
        "hows",
        "wat",
        "wich",
        "waht",
        "hwo",
        "wen",
        "was",
        "wer",
        "wem",
        "wessen",
        "wo",
        "wohin",
        "woher",
        "wann",
        "warum",
        "wieso",
        "weshalb",
        "wie",
        "welche",
        "welcher",
        "welches",
        "qui",
        "que",
        "quel",
        "quelle",
        "quels",
        "quelles",
        "quand",
        "pourquoi",
        "comment",
        "combien",
        "où",
        "qué",
        "quién",
        "quiénes",
        "cuál",
        "cuáles",
        "cuándo",
        "cuánto",
        "cuánta",
        "cuántos",
        "dónde",
        "cómo",
        "mikä",
        "mitä",
        "mihin",
        "missä",
        "miten",
        "miksi",
        "kuka",
        "kenen",
        "kuinka",
        "milloin",
        "mistä",
    ]
)
_AUXILIARIES = frozenset(
    [
        "is",
        "are",
        "am",
        "was",
        "were",
        "do",
        "does",
        "did",
        "dont",
        "doesnt",
        "isnt",
        "arent",
        "can",
        "cna",
        "could",
        "cannot",
        "cant",
        "may",
        "might",
        "must",
        "shall",
        "should",
        "will",
        "would",
        "has",
        "have",
        "had",
        "need",
        "wouldnt",
        "couldnt",
        "shouldnt",
        "darf",
        "dürfen",
        "kann",
        "können",
        "muss",
        "müssen",
        "ist",
        "sind",
        "gibt",
        "haftet",
        "puedo",
        "puede",
        "podemos",
        "se",
        "hay",
        "debo",
        "est",
        "peut",
        "puis",
        "dois",
        "faut",
        "saako",
        "saanko",
        "voinko",
        "voiko",
        "onko",
        "pitääkö",
    ]
)
_SUBJECTS = frozenset(
    [
        "i",
        "we",
        "you",
        "u",
        "he",
        "she",
        "it",
        "they",
        "one",
        "this",
        "that",
        "these",
        "those",
        "there",
        "a",
        "an",
        "the",
        "my",
        "our",
        "your",
        "his",
        "her",
        "its",
        "their",
        "any",
        "anyone",
        "anybody",
        "someone",
        "somebody",
        "all",
        "every",
        "each",
        "no",
        "only",
        "both",
        "students",
        "student",
        "professors",
        "professor",
        "people",
        "users",
        "user",
        "everyone",
        "everybody",
        "nobody",
        "something",
        "anything",
        "citing",
        "signing",
        "selling",
        "sharing",
        "ich",
        "wir",
        "man",
        "es",
        "das",
        "der",
        "die",
        "ein",
        "eine",
        "mein",
        "unser",
        "je",
        "on",
        "nous",
        "il",
        "un",
        "une",
        "le",
        "la",
        "les",
        "mon",
        "ma",
        "notre",
        "una",
        "el",
        "los",
        "mi",
        "nuestro",
        "permite",
        "hay",
        "minun",
        "opiskelija",
    ]
)
_REQUESTS = re.compile(
    r"(?:please |pls |kindly |could you |can you )?(?:tell me|explain|summari[sz]e|list|show me|give me|help me|help|"
    r"remind me|describe|clarify|define)\b",
    re.IGNORECASE,
)
_CONTEXT = re.compile(
    r"\b(?:i|we)(?: a?m| are|'m|'re| have|'ve| want| wonder| need| would| plan|'d| don't| do)\b.*\?"
    r"|\b(?:is|are|am|was|do|does|did|can|could|may|might|must|shall|should|will|would) "
    r"(?:i|we|you|u|he|she|it|they|there|this|that|one|my|our|your|the|a|an)\b"
    r"|\b(?:what about|how about|allowed|permitted|possible|required|needed|necessary|ok|okay|fine)\b[^?]*\?"
    r"|, (?:right|correct|isn't it|is it|yes|no|or not|okay|ok)\s*\?",
    re.IGNORECASE,
)
_ASIAN = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_ASIAN_QUESTION = re.compile(
    r"[吗呢]|什么|怎么|怎样|如何|谁|哪|多少|几[个张]|是否|能不能|可不可以|可以|需要"
    r"|ですか|ますか|でしょうか|何|誰|どこ|どう|いつ|いくら|[かの][?？]$"
)
_SENTENCE = re.compile(r"(?<=[?!？！。;；])\s*|(?<=[.:])\s+(?=\S)")
_JOINT = re.compile(
    r"(?:,\s*(?:and|or|but)?\s*|\s+(?:and|or)\s+)(?:also\s+|then\s+|if not,?\s+|if so,?\s+)?"
    r"(?=(?:what|which|who|whom|whose|where|when|how|may|can|could|must|should|do|does|is|are|will|would|have|has|"
    r"to which|to whom|for what|at which|in which|(?:[a-z]+ ){0,2}(?:goes|stands))\b)",
    re.IGNORECASE,
)
_FOLLOW_UP = re.compile(
    r"(?:(?:and|but|or|so|ok|okay)\b[ ,]*)*(?:what about|how about|what if|and|also|same for|in that case|und|et|ja|"
    r"entä|y|那|では)\b",
    re.IGNORECASE,
)


def is_question(text: str) -> bool:
    """Whether `text` asks something, rather than answering an open form field."""
    words = [word.lower().replace("'", "").replace("’", "") for word in _WORDS.findall(text)]
    if _ASIAN.search(text):
        return bool(_ASIAN_QUESTION.search(text)) and ("?" in text or "？" in text or len(text) > 7)
    if not words or ("@" in text and len(words) <= 6):
        return False
    if _REQUESTS.match(text.strip()):
        return True
    return _opens_as_question(words, "?" in text) or bool(_CONTEXT.search(text)) or "¿" in text


def _opens_as_question(words: list[str], marked: bool) -> bool:
    first, second = words[0], words[1] if len(words) > 1 else ""
    if first in _QUESTION_WORDS:
        return marked or (len(words) >= 3 and (second in _AUXILIARIES or second in _SUBJECTS or first.startswith("wh")))
    if first in _AUXILIARIES:
        return (second in _SUBJECTS and len(words) >= 3) or (marked and len(words) >= 4)
    return False


def is_follow_up(text: str) -> bool:
    """Whether `text` leans on what was said before: "and for a talk?"."""
    return bool(_FOLLOW_UP.match(text.strip())) and len(_WORDS.findall(text)) <= 10


def parts(text: str) -> list[str]:
    """The questions and requests in `text`, in their order; what is only told about is left out."""
    sentences = [sentence.strip() for sentence in _SENTENCE.split(text) if sentence.strip()]
    return [part for sentence in sentences for part in _joined(sentence)]


def _joined(sentence: str) -> list[str]:
    pieces = [piece.strip() for piece in _JOINT.split(sentence) if piece and piece.strip()]
    asks = [piece for piece in pieces if is_question(piece + "?" * sentence.endswith(("?", "？")))]
    if len(asks) >= 2:
        return asks
    return [sentence] if sentence.endswith(("?", "？")) or is_question(sentence) else []
