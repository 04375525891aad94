"""The choices that act on a request, by its status, and the commands they stand for."""

from collections.abc import Mapping

from bot.request.commands import CheckEmail, Command, MarkEmailed, OptOut, Postpone, Stay, StopReminding, Withdraw
from bot.request.commands import Issue as IssueCommand
from bot.texts.choice import Choice

ACTIONS: tuple[tuple[Choice, type[Command]], ...] = (
    (Choice.EMAILED, MarkEmailed),
    (Choice.CHANGE_ISSUED, IssueCommand),
    (Choice.WITHDRAW, Withdraw),
)
"""The actions that an applicant can choose for a request, and the command of each."""


MEANT: Mapping[Choice, type[Command]] = dict(ACTIONS) | {
    **dict.fromkeys((Choice.TOMORROW, Choice.NEXT_WEEK), Postpone),
    **dict.fromkeys((Choice.EMAIL_COMPLETE, Choice.CC_FORGOTTEN, Choice.SCAN_INCOMPLETE), CheckEmail),
    **dict.fromkeys((Choice.EMAIL_READY, Choice.FOR_SIGNER), MarkEmailed),
    Choice.STOP_REMINDING: StopReminding,
    Choice.FOLLOW_UP_READY: CheckEmail,
    Choice.STAY: Stay,
    Choice.OPT_OUT: OptOut,
    Choice.RENEW: IssueCommand,
}
"""The command that has to be possible on a request for a choice to be about it."""
