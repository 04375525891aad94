"""`la-bot ask`: what the License Agreement says."""

import argparse
import json
import sys
from dataclasses import replace

from adapters.cli.chat import draw, terminal_look
from adapters.cli.context import DONE, tell
from bot.agreement.agreement import load_dataset
from bot.app.config import DATASET, Settings
from bot.app.reading import read
from bot.document.issuer import utc_now
from bot.terms.answering import Terms, as_json
from bot.texts.catalogue import ENGLISH, load_texts
from bot.texts.views import Views
from bot.versions.announcement import standing
from bot.versions.announcements import announcements_in, let_know


async def ask(parsed: argparse.Namespace, settings: Settings) -> int:
    """Answer a question, or one a line."""
    dataset = load_dataset(DATASET)
    async with read(settings) as kept:
        let_know(dataset, standing(await announcements_in(kept)), utc_now())
    terms = Terms.load(dataset)
    if parsed.json:
        questions = sys.stdin if parsed.question == "-" else [parsed.question]
        for question in questions:
            asked = question.rstrip("\n")
            tell(json.dumps(as_json(asked, terms.answer(asked)), ensure_ascii=False))
        return DONE
    views = Views(load_texts(ENGLISH, dataset, settings.shown(dataset.licensor, dataset.contact)), terms, dataset)
    message = views.message(views.answer(terms.answer(parsed.question)), "")
    tell(draw(replace(message, buttons=()), terminal_look()))
    return DONE
