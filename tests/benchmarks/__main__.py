"""`python -m tests.benchmarks [NAME…]`: run the benchmarks of this folder, or those named, and print their tables.

A benchmark is a module with `run() -> Iterator[str]`, the lines of its tables as they are known. It measures a peer
in the same run: a ratio means something on any machine, a time on this one only.
"""

import sys
from importlib import import_module
from pathlib import Path

FOLDER = Path(__file__).parent


def main(names: list[str]) -> None:
    found = sorted(path.stem for path in FOLDER.glob("[a-z]*.py"))
    if unknown := set(names) - set(found):
        sys.exit(f"no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(found)}")
    for name in names or found:
        print(f"\n# {name}\n", flush=True)  # noqa: T201
        for line in import_module(f"tests.benchmarks.{name}").run():
            print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
