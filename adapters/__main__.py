"""The composition root: the only place where concrete things are built."""

import secrets
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bot.pdf import PdfRenderer
from bot.terms import Terms

from adapters.cli import DATASET, JOURNAL, Bot, run
from bot.agreement import load_dataset
from bot.config import Settings, secret_of
from bot.fields import FieldPolicy
from bot.ids import new_request_id
from bot.issuing import Issuer
from bot.service import Service
from bot.store.tinydb import TinyDBStore
from bot.texts import ENGLISH, load_texts
from bot.understanding import read_messages
from bot.views import Views


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[Bot]:
    """The bot, whole, while it is needed. Raises LaBotError where it cannot start."""
    dataset = load_dataset(DATASET)
    terms = Terms.load(dataset)
    texts = load_texts(ENGLISH, dataset, settings.shown(dataset.licensor, dataset.contact))
    policy = FieldPolicy(applicant_private_mailbox=settings.applicant_private_mailbox)
    store = TinyDBStore(settings.data / JOURNAL)
    renderer = PdfRenderer(secret_of(settings))
    try:
        yield Bot(
            service=Service(
                store=store,
                issuer=Issuer(dataset, renderer, store, lambda: new_request_id(dataset.id_prefix, secrets.randbelow)),
                understanding=read_messages(texts, terms, policy, dataset.id_prefix),
                views=Views(texts, terms, dataset),
                staff=settings.staff,
            ),
            policy=policy,
        )
    finally:
        await renderer.aclose()
        await store.aclose()


def main(arguments: Sequence[str] | None = None) -> int:
    """`la-bot`: 0 done, 1 could not, 2 wrong use or wrong input."""
    return run(sys.argv[1:] if arguments is None else arguments, build, Path.cwd())


if __name__ == "__main__":
    sys.exit(main())
