"""Every choice that can be offered: by a button, by its label or by a command.

PURE. Its words are in the texts.
"""

from enum import StrEnum

PRESSED = "desk:"
"""The prefix of the choice of a desk's button; the command follows as it could be typed."""


SURELY = "surely"
"""The suffix of a command that was asked about and confirmed."""


class Choice(StrEnum):
    """Everything that can be chosen, by a button, by its label or by a command. Its words are in the texts."""

    REQUEST = "request"
    ASK = "ask"
    STATUS = "status"
    PRIVACY = "privacy"
    MY_DATA = "my_data"
    ERASE = "erase"
    ERASE_SURELY = "erase_surely"
    HELP = "help"
    MENU = "menu"

    SIGN_SELF = "sign_self"
    SIGN_LEADER = "sign_leader"
    SIGN_ALREADY = "sign_already"
    SIGN_UNSURE = "sign_unsure"
    IS_STUDENT = "is_student"
    IS_RESEARCHER = "is_researcher"
    FOR_CHALLENGE = "for_challenge"
    FOR_RESEARCH = "for_research"
    FOR_COMMERCE = "for_commerce"

    SUGGESTED = "suggested"
    KEEP = "keep"
    TAKE = "take"
    TAKE_SUGGESTION = "take_suggestion"
    OTHER_SIGNER = "other_signer"
    ISSUE = "issue"
    CHANGE = "change"
    BACK = "back"
    CANCEL = "cancel"
    START_OVER = "start_over"
    YES = "yes"
    NO = "no"

    EMAILED = "emailed"
    CHANGE_ISSUED = "change_issued"
    SEND_AGAIN = "send_again"
    WITHDRAW = "withdraw"
    WITHDRAW_SURELY = "withdraw_surely"
    SHOW_REQUEST = "show_request"
    STAY = "stay"
    OPT_OUT = "opt_out"
    OPT_OUT_SURELY = "opt_out_surely"
    RENEW = "renew"
    START_FROM = "start_from"

    TOMORROW = "tomorrow"
    NEXT_WEEK = "next_week"
    STOP_REMINDING = "stop_reminding"
    EMAIL_READY = "email_ready"
    FOLLOW_UP_READY = "follow_up_ready"
    FOR_SIGNER = "for_signer"
    EMAIL_COMPLETE = "email_complete"
    CC_FORGOTTEN = "cc_forgotten"
    SCAN_INCOMPLETE = "scan_incomplete"

    TERMS = "terms"
    WHOLE_TEXT = "whole_text"
    CITE = "cite"
    CLAUSE = "clause"
    READING = "reading"
    ASK_LICENSOR = "ask_licensor"


ABOUT_THE_STATE = frozenset(
    {
        *(Choice.SIGN_SELF, Choice.SIGN_LEADER, Choice.SIGN_ALREADY, Choice.SIGN_UNSURE),
        *(Choice.IS_STUDENT, Choice.IS_RESEARCHER, Choice.FOR_CHALLENGE, Choice.FOR_RESEARCH, Choice.FOR_COMMERCE),
        *(Choice.SUGGESTED, Choice.KEEP, Choice.TAKE, Choice.TAKE_SUGGESTION, Choice.OTHER_SIGNER, Choice.ISSUE),
        *(Choice.CHANGE, Choice.YES, Choice.NO, Choice.BACK, Choice.CANCEL, Choice.START_OVER, Choice.ERASE_SURELY),
    }
)
"""Choices that mean something only in the state that they were offered in: on an old message they change nothing."""
