"""Proof that this bot issued a PDF, without a seal and without the store.

Its metadata names the request, the document, the LA's version and text, and holds two codes (HMAC-SHA256 under the
bot's secret): one of those names, one of every byte of the file. So a copy that some program saved again is still known
for what it is, and a copy in which one byte differs is not taken for the one that was issued.
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO

import pikepdf

from bot.document.port import Form

_CODE = 64
_BLANK = "0" * _CODE
_NAMES = ("LARequest", "LADocument", "LAVersion", "LATextSHA256", "LAIssuedAt", "LAPages")
_IDENTITY, _BYTES = "LAIdentityCode", "LABytesCode"
_BYTES_CODE = re.compile(rb"/LABytesCode \(([0-9a-f]{64})\)")
_END = re.compile(rb"%%EOF\r?\n?")


@dataclass(frozen=True, slots=True)
class Verified:
    """The result of a verification. If `issued` is false nothing else is known of the file.

    `unaltered`: byte for byte what was issued. `sealed`: it bears the bot's seal, which covers all of it.
    """

    issued: bool
    request_id: str = ""
    number: int = 0
    version: str = ""
    agreement_sha256: str = ""
    unaltered: bool = False
    sealed: bool = False


def names(form: Form, pages: int, secret: bytes) -> dict[str, str]:
    """The metadata of a document that is about to be issued; `proven` puts in the code of its bytes."""
    agreement, issued_at = form.agreement, form.issued_at.isoformat()
    values = (form.request_id, str(form.number), agreement.version, agreement.sha256, issued_at, str(pages))
    said = dict(zip(_NAMES, values, strict=True))
    return said | {_IDENTITY: _identity(said, secret), _BYTES: _BLANK}


def proven(content: bytes, secret: bytes) -> bytes:
    """The finished file, with the code of all its other bytes."""
    found = _BYTES_CODE.search(content)
    if not found or found[1] != _BLANK.encode():
        raise ValueError("the PDF has no place for its code")
    start, end = found.span(1)
    return content[:start] + _code(content, secret) + content[end:]


def verify(content: bytes, secret: bytes, certificate: bytes | None = None) -> Verified:
    """Read a PDF of unknown origin and say what it is. `certificate`: the seal's, as PEM; without it no seal is valid.

    What stands behind the issued file can only be a seal, or the file was altered.
    """
    try:
        with pikepdf.open(BytesIO(content)) as pdf:
            said = {name: str(pdf.docinfo.get("/" + name, "")) for name in (*_NAMES, _IDENTITY)}
    except (pikepdf.PdfError, pikepdf.PasswordError):
        return Verified(issued=False)
    if not hmac.compare_digest(_identity(said, secret).encode(), said[_IDENTITY].encode()):
        return Verified(issued=False)
    original = _original(content)
    sealed = certificate is not None and len(original) < len(content) and _is_sealed(content, certificate)
    return Verified(
        issued=True,
        request_id=said["LARequest"],
        number=int(said["LADocument"]),
        version=said["LAVersion"],
        agreement_sha256=said["LATextSHA256"],
        unaltered=_is_as_issued(original, secret) and (sealed or original == content),
        sealed=sealed,
    )


def _is_sealed(content: bytes, certificate: bytes) -> bool:
    return bool(import_module("bot.document.seal").is_valid(content, certificate))  # pyHanko is an extra


def _original(content: bytes) -> bytes:
    """The first revision of a file: what stood there before anything was added (ISO 32000-1, 7.5.6)."""
    end = _END.search(content)
    return content[: end.end()] if end else content


def _is_as_issued(content: bytes, secret: bytes) -> bool:
    found = _BYTES_CODE.search(content)
    if not found:
        return False
    start, end = found.span(1)
    blank = content[:start] + _BLANK.encode() + content[end:]
    return hmac.compare_digest(_code(blank, secret), found[1])


def _code(content: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, b"bytes\n" + content, "sha256").hex().encode()


def _identity(said: Mapping[str, str], secret: bytes) -> str:
    lines = "\n".join(said[name] for name in _NAMES)
    return hmac.digest(secret, b"identity\n" + lines.encode(), "sha256").hex()
