"""`python -m tests.benchmarks [NAME…]`: run the benchmarks of this folder, or those named; each prints its tables.

A benchmark is a module with `main()`. It measures a peer in the same run: a ratio means something on any machine, a
time on this one only.
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
        import_module(f"tests.benchmarks.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])
