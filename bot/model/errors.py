"""The errors of LA Bot. What a person did wrong is a value, never one of these.

LaBotError
├── ConfigError        a setting is missing or wrong; the message names it and its remedy
├── AgreementError     an agreement folder is incomplete or its text was changed
├── ImpossibleEvent    our mistake: an event that its state cannot have; the state is unchanged
├── StoreError
│   ├── StoreLocked    another process has the store open; the message names it
│   ├── StoreEncrypted it is encrypted with a key that is not set; the message names the setting
│   ├── StoreDamaged   something that no crash explains; the message names the line
│   └── StaleCommit    decided on an old version: decide the turn anew
├── RenderError        no PDF could be made; nothing was lost
│   └── Superseded     a document that is not the current one of its request any more: it never goes out again
└── DeliveryFailed     a message could not be sent; the outbox keeps it and tries again

SystemExit
└── StoreFailed        the disk did not confirm a commit: nothing may catch it and go on as if it had
"""

from datetime import timedelta


class LaBotError(Exception):
    """The root: every message is one line that a person can act on."""


class ConfigError(LaBotError):
    """A setting is missing or wrong."""


class AgreementError(LaBotError):
    """An agreement folder is incomplete, or its text is not the one that was released."""


class ImpossibleEvent(LaBotError):
    """An event that the state it meets cannot have."""


class StoreError(LaBotError):
    """The store could not do what was asked; what was acknowledged before is safe."""


class StoreLocked(StoreError):
    """Another process has the store open for writing."""


class StoreEncrypted(StoreError):
    """The store is encrypted with a key that this process does not have."""


class StoreDamaged(StoreError):
    """The store holds something that no crash of ours explains."""


class StaleCommit(StoreError):
    """The conversation or the request changed since it was read."""


class RenderError(LaBotError):
    """The PDF could not be made."""


class Superseded(RenderError):
    """The document is not the current one of its request any more."""


class DeliveryFailed(LaBotError):
    """A platform did not take a message. `retry_after`: how long it asked to wait; `final`: it never will take it.

    The message is logged: it holds no text, name or address.
    """

    def __init__(self, reason: str, retry_after: timedelta = timedelta(), final: bool = False) -> None:
        super().__init__(reason)
        self.retry_after, self.final = retry_after, final


class StoreFailed(SystemExit):
    """The disk's content is no longer known: the program stops with this message, and restarts from the disk."""
