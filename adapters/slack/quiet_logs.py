"""A log filter for Bolt and slack_sdk: they may log that and where something went wrong, never its content.

They log requests, answers and exceptions whole: tokens, texts and names.
"""

import logging


class _WithoutContents(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else "no exception"
        record.msg, record.args = f"slack's library, {record.module} line {record.lineno}: {kind}", ()
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def quiet_logger() -> logging.Logger:
    """The logger to hand to Slack's libraries; the loggers that they make beside it are quiet as well."""
    for library in ("slack_bolt", "slack_sdk"):
        # They look at their own logger's level, and hand things to loggers of their own making.
        logging.getLogger(library).setLevel(logging.CRITICAL)
    logger = logging.getLogger("adapters.slack.library")
    logger.setLevel(logging.WARNING)
    if not logger.filters:
        logger.addFilter(_WithoutContents())
    return logger
