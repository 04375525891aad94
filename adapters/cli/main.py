"""The command line: words in, lines out. Results on stdout, one line of complaint on stderr.

Exit: 0 done, 1 could not (locked, not found, service away), 2 wrong use or wrong input.
"""

import argparse
import asyncio
import logging
import sys
from pathlib import Path
from typing import cast

from adapters.cli.arguments import command_of
from adapters.cli.context import COULD_NOT, DONE, WRONG_USE, Command, WrongInputError
from bot.app.config import environment, read_settings
from bot.model.errors import ConfigError, LaBotError
from bot.store.encryption import use_keys


def run(parsed: argparse.Namespace, folder: Path) -> int:
    """Carry out a command; return the exit code. `folder` is where `.env` is looked for."""
    try:
        settings = read_settings(environment(folder), parsed.data)
        use_keys(settings.encryption_keys)
        logging.basicConfig(level=settings.log_level, format="%(levelname)s %(name)s: %(message)s")
        return asyncio.run(cast("Command", command_of(parsed))(parsed, settings))
    except (ConfigError, WrongInputError) as error:
        return _complain(error, WRONG_USE)
    except (KeyboardInterrupt, BrokenPipeError):  # Ctrl-C, or whoever read the output went away
        return DONE
    except (LaBotError, OSError) as error:
        return _complain(error, COULD_NOT)


def _complain(error: Exception, code: int) -> int:
    print("la-bot:", " ".join(str(error).split()), file=sys.stderr)  # noqa: T201
    return code
