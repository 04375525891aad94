"""Values that came in a sentence, and words that stand for no value. Standard library only.

A sentence is known by its lead-in ("my name is", "it's", "she works at"), never by what follows, so that a name is
only shortened where nobody could be called so: "My Nguyen", "Im Siwan", "An Na" and "Ian Is" are names.
"""

import re
from collections.abc import Mapping

from bot.model.people import Field

_SIGNER = r"(?:group )?leader|professor|prof\.?|supervisor|advis[eo]r|boss|pi|signer|signatory|head"
_OWNER = rf"my|our|his|her|their|the|(?:(?:my|our|the) )?(?:{_SIGNER})['’]s"
_WHO = rf"he|she|it|this|that|(?:my|our|the) (?:{_SIGNER})"
_IS = r"(?: is|['’]s|['’]s called| is called|:)"
_THEY_ARE = rf"(?:{_SIGNER}) is(?: called)?"
_CALLED: Mapping[Field, str] = {
    Field.NAME: r"(?:(?:full|real|complete|own|last|first) )?name",
    Field.TITLE: r"(?:(?:job|academic|official|current) )?(?:title|position|role)",
    Field.AFFILIATION: r"affiliation|institut(?:e|ion)|university|department|employer|lab|group",
    Field.ADDRESS: r"(?:(?:detail|detailed|postal|work|full|office|mailing) )?address|office|lab|street",
}
_AT = (
    r"(?:i|we|he|she|they|it)(?:['’](?:m|re|s)| am| is| are)?"
    r"(?: (?:working|works?|based|located|studying|study|studies|employed|a student))? (?:at|from|in|for|with) "
)


def _lead_in(field: Field) -> re.Pattern[str]:
    owned = rf"(?:{_OWNER}) (?:{_CALLED[field]})(?: is| are|['’]s|:)+(?: (?:at|in))? "
    said = [owned, rf"(?:{_WHO}){_IS} ", rf"{_THEY_ARE} ", r"(?:i am|i['’]m|we are|we['’]re|call me) ", r"(?-i:im) "]
    placed = [_AT] if field in {Field.AFFILIATION, Field.ADDRESS} else []
    return re.compile(
        rf"(?:(?:hi|hello|hey|sure|ok|okay|yes|so|well)[,!.:]? )?(?:{'|'.join(placed + said)})", re.IGNORECASE
    )


_LEAD_IN = {field: _lead_in(field) for field in _CALLED}
_LEAD_IN[Field.APPLICANT_NAME] = _LEAD_IN[Field.NAME]
_ARTICLE = re.compile(r"(?:an?|the|our|my) (?=[^\W\d_])", re.IGNORECASE)
_PLACE_OF_TITLE = re.compile(r" (?:at|from) .+| here$", re.IGNORECASE | re.DOTALL)
_ROLE_BEFORE_PLACE = re.compile(r"an? .*? (?:at|from|with|in) ", re.IGNORECASE)
_SOMEBODY = re.compile(rf"(?:my|our) (?:{_SIGNER})", re.IGNORECASE)
_DESCRIBED = re.compile(r"(?:from|at|in|not|also|just|still|too) |(?:(?:an?|the|my|our|your|his|her) )+[^\W\d_A-Z]")

_PLACEHOLDERS = frozenset(
    line.strip()
    for line in """
    n/a|n.a|n. a|n/k|none|nil|null|nothing|unknown|not known|not applicable|not available|not sure|idk|dunno|no idea
    i don't know|i dont know|i do not know|don't know|dont know|do not know|don't know yet|i don't know yet
    i dont know yet|not yet|no clue|i have none|don't have one|i don't have one|i dont have one|i have no idea
    tbd|tba|tbc|tbf|to be decided|to be determined|to be announced|to be confirmed|to be filled|to follow
    later|fill in later|will fill later|i will tell you later|will tell you later|i'll tell you later|ask later|skip
    skip it|skip this|leave blank|leave it blank|leave empty|leave it empty|blank|empty|pass|whatever|anything
    same|the same|same as before|same as above|same as last time|same as the other|same as mine|same here|as before
    as above|as last time|above|see above|see before|ditto|idem|you know it|you have it|already told you|like before
    i told you|i already told you|i said already|asdf|qwerty|xxx|xx|foo|test test|lorem ipsum
    keine|keine ahnung|weiß nicht|siehe oben|wie oben|en tiedä|sama|ei ole|no sé|no lo sé|je ne sais pas|idem que
    无|無|暂无|不知道|我不知道|同上|なし|わかりません|知りません|同じ|上と同じ|없음|모름|몰라요
    """.replace("\n", "|").split("|")
    if line.strip()
)
_UNKNOWN = re.compile(
    r"(?:(?:sorry|hmm+|well|uh)[, ]+)?(?:i (?:really )?)?(?:don'?t|do not|can'?t|cannot) (?:know|remember|recall)\b.*"
    r"|(?:i(?:'m| am) )?not sure\b.*|i(?:'ll| will) (?:fill|tell|ask|check|look)\b.*",
    re.DOTALL,
)
_HEDGE = re.compile(
    r"(?:[, ]+(?:i (?:think|guess|believe|suppose)|i'm not sure)|, ?(?:maybe|probably|not sure))[ .!]*$", re.IGNORECASE
)


def is_placeholder(value: str) -> bool:
    """Return whether the value is a placeholder: "N/A", "don't know his title", "same as above", "my supervisor"."""
    plain = value.casefold().replace("’", "'").strip(" .!?…-–—:()[]。")
    return plain in _PLACEHOLDERS or bool(_SOMEBODY.fullmatch(plain) or _UNKNOWN.fullmatch(plain))


def read_out(field: Field, value: str) -> str:
    """The value without the sentence around it: "Li" of "I am Li, I think"; the value itself where there is none."""
    lead_in, read = _LEAD_IN.get(field), _HEDGE.sub("", value) or value
    while lead_in and (found := lead_in.match(read)) and found.end() < len(read):
        read = read[found.end() :]
    if read == value:
        return value
    if field is Field.TITLE:
        read = _PLACE_OF_TITLE.sub("", _ARTICLE.sub("", read, count=1))
    if field is Field.AFFILIATION:
        read = _ROLE_BEFORE_PLACE.sub("", read, count=1)
    read = read.strip(" .!,;")
    return read if any(map(str.isalnum, read)) else value


def is_description(read: str) -> bool:
    """Return whether the content of a sentence is no name: "a professor at Oulu", "from Oulu"."""
    return bool(_DESCRIBED.match(read))
