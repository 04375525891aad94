"""`la-bot retention` and `la-bot record-of-processing`: what the controller is asked for."""

import argparse
from collections.abc import Iterable

from adapters.cli.chat import draw, terminal_look
from adapters.cli.context import DONE, tell
from bot.agreement.agreement import load_dataset
from bot.app.config import DATASET, Settings
from bot.app.reading import read
from bot.desk.privacy import told
from bot.document.issuer import utc_now
from bot.privacy.job import outlook
from bot.privacy.processing import record_of_processing
from bot.terms.answering import Terms
from bot.texts.catalogue import ENGLISH, load_texts
from bot.texts.say import Say
from bot.texts.views import Views

_MOST = 50
"""So many requests are listed."""


async def retention(_: argparse.Namespace, settings: Settings) -> int:
    """What will go when."""
    async with read(settings) as kept:
        found = await outlook(kept, settings.retention, _MOST, utc_now())
    _show(told(found), settings)
    return DONE


async def processing(_: argparse.Namespace, settings: Settings) -> int:
    """The record of processing activities, as text."""
    where = "PostgreSQL" if settings.database_url else "journal"
    encrypted, texts = bool(settings.encryption_keys), _views(settings).texts
    _show(record_of_processing(texts, settings.legal_basis, where, encrypted=encrypted), settings)
    return DONE


def _views(settings: Settings) -> Views:
    dataset = load_dataset(DATASET)
    texts = load_texts(ENGLISH, dataset, settings.shown(dataset.licensor, dataset.contact))
    return Views(texts, Terms.load(dataset), dataset)


def _show(says: Iterable[Say], settings: Settings) -> None:
    tell(draw(_views(settings).message(list(says), ""), terminal_look()))
