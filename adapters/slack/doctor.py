"""The findings of `la-bot doctor` about Slack: the tokens, the scopes, the mode. It asks Slack, and changes nothing."""

from collections.abc import AsyncIterator

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.platform import Finding
from adapters.slack.client import error_code
from adapters.slack.quiet_logs import quiet_logger
from bot.app.config import Settings

SCOPES = frozenset(
    {
        *("app_mentions:read", "chat:write", "commands", "files:write", "im:history", "im:write"),
        *("usergroups:read", "users:read"),
    }
)
"""The scopes that the bot's token needs; `manifest.yaml` gives the reason for each."""

_APPS = "https://api.slack.com/apps"


async def findings(settings: Settings) -> AsyncIterator[Finding]:
    """Yield the findings to know before `la-bot run`, in the order of mending them."""
    if not settings.slack_bot_token:
        if settings.slack_app_token or settings.slack_signing_secret:
            yield Finding("wrong", f"SLACK_BOT_TOKEN is missing; copy it from {_APPS}, OAuth & Permissions")
        else:
            yield Finding("note ", "SLACK_BOT_TOKEN is not set: no Slack; adapters/slack/manifest.yaml makes an app")
        return
    client = AsyncWebClient(settings.slack_bot_token, base_url=settings.slack_base_url, logger=quiet_logger())
    async for finding in _bot_token(client):
        yield finding
    async for finding in _mode(client, settings):
        yield finding


async def _bot_token(client: AsyncWebClient) -> AsyncIterator[Finding]:
    try:
        answer = await client.auth_test()
    except SlackApiError as error:
        yield Finding("wrong", f"SLACK_BOT_TOKEN: Slack says {error_code(error)}; copy it anew from {_APPS}")
        return
    except Exception as error:  # the world's: no network, no name, no answer
        yield Finding("wrong", f"Slack cannot be reached ({type(error).__name__}); look at SLACK_BASE_URL")
        return
    yield Finding("ok   ", f"Slack: the app is installed in {answer['team']}")
    allowed = {scope for scope in str(answer.headers.get("x-oauth-scopes", "")).split(",") if scope}
    if missing := sorted(SCOPES - allowed):
        remedy = "paste adapters/slack/manifest.yaml into the app's manifest and install it again"
        yield Finding("wrong", f"Slack: the app lacks {', '.join(missing)}; {remedy}")
    if needless := sorted(allowed - SCOPES):
        yield Finding("note ", f"Slack: the app may do more than it needs: {', '.join(needless)}")


async def _mode(client: AsyncWebClient, settings: Settings) -> AsyncIterator[Finding]:
    if settings.slack_app_token:
        try:
            await client.apps_connections_open(app_token=settings.slack_app_token)
        except SlackApiError as error:
            remedy = f"make an app-level token with connections:write at {_APPS}, Basic Information"
            yield Finding("wrong", f"SLACK_APP_TOKEN: Slack says {error_code(error)}; {remedy}")
            return
        except Exception as error:  # the world's, as above
            yield Finding("wrong", f"Slack's Socket Mode cannot be reached ({type(error).__name__})")
            return
        yield Finding("ok   ", "Slack: by Socket Mode, no public address is needed")
    elif settings.slack_signing_secret and settings.public_url:
        yield Finding("ok   ", f"Slack: by HTTP at {settings.public_url}/slack/events")
    else:
        yield Finding("wrong", "Slack: set SLACK_APP_TOKEN, or both SLACK_SIGNING_SECRET and LA_BOT_PUBLIC_URL")
