"""`la-bot verify`: say of a PDF, a scan or a photograph which document it is. It works while the bot runs."""

import argparse
import json
from pathlib import Path

from adapters.cli.context import COULD_NOT, DONE, WrongInputError, tell
from bot.app.config import SECRET_FILE, Settings, secret_of
from bot.app.reading import read
from bot.app.verification import Examined, dated, examine, examine_scan
from bot.document.issuer import utc_now
from bot.model.errors import LaBotError
from bot.model.json_codec import to_json
from bot.versions.announcement import standing
from bot.versions.announcements import announcements_in


async def verify(parsed: argparse.Namespace, settings: Settings) -> int:
    """Whether a PDF is one of ours, unaltered, and still the one that counts; or which document a scan shows."""
    content, certificate = _bytes(parsed.file), _bytes(settings.seal_cert) if settings.seal_cert else None
    if not settings.secret and not (settings.data / SECRET_FILE).exists():
        raise LaBotError(f"no secret in {settings.data}: without it nothing can be verified (LA_BOT_SECRET or --data)")
    secret = secret_of(settings)
    async with read(settings) as kept:
        known = standing(await announcements_in(kept))
        file = await examine(content, secret, certificate, kept.request)
        scans = [] if file.issued else await examine_scan(content, secret, kept.request)
    found = [dated(examined, known, utc_now()) for examined in scans or [file]]
    for examined in found:
        as_json = json.dumps(to_json(examined) | {"genuine": examined.genuine}, ensure_ascii=False)
        tell(as_json if parsed.json else _verdict(examined))
    return DONE if all(examined.genuine or examined.whole_scan for examined in found) else COULD_NOT


def _verdict(found: Examined) -> str:
    if not found.issued:
        return "not issued by this bot"
    name = f"request {found.request_id}, document {found.document}, LA version {found.version}"
    if found.scanned:
        pages = (
            f"all {found.pages} pages" if found.whole_scan else f"ONLY page {_listed(found.scanned)} of {found.pages}"
        )
        what = [f"a scan of {name}", f"{pages} recognised; what is written on the paper is not read"]
        return "; ".join([*what, *_standing(found)])
    altered = "unaltered" if found.unaltered else "ALTERED since it was issued (a seal needs LA_BOT_SEAL_CERT)"
    seal = ["the seal is valid"] if found.sealed else []
    return "; ".join([name, altered, *seal, *_standing(found)])


def _standing(found: Examined) -> list[str]:
    """Whether the document counts, and its version of the LA is in force."""
    at, by = found.superseded_at, found.superseded_by
    old = [f"version {found.version} of the LA is superseded by {by} since {at:%Y-%m-%d}"] if at else []
    return [str(found.status or "unknown to this store"), *old]


def _listed(pages: tuple[int, ...]) -> str:
    return ", ".join(map(str, pages))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise WrongInputError(f"{path}: {error.strerror}") from error
