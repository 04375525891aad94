"""`la-bot`: the arguments are read first, so that `--help` and wrong use are answered before anything is loaded."""

import sys
from collections.abc import Sequence
from pathlib import Path

from adapters.cli.arguments import parse


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line: 0 done, 1 could not, 2 wrong use or wrong input."""
    parsed = parse(sys.argv[1:] if arguments is None else arguments)
    from adapters.cli.main import run  # noqa: PLC0415 - `--help` has no use for what this loads

    return run(parsed, Path.cwd())


if __name__ == "__main__":
    sys.exit(main())
