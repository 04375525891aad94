"""Files with persons in them, which the bot writes where somebody wants them: for their owner alone."""

import os
from pathlib import Path


def write_private(path: Path, content: bytes) -> None:
    """Write the file; a new one nobody else can read. Raises OSError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
