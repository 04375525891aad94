"""The manifest declares what the code uses, and nothing else."""

import ast
import re
from pathlib import Path
from typing import Any

import yaml

from adapters.slack.app import COMMAND, EVENTS, PATH, SHORTCUT
from adapters.slack.doctor import SCOPES

ADAPTERS = Path(__file__).resolve().parents[3] / "adapters"
MANIFEST = ADAPTERS / "slack" / "manifest.yaml"
# What each call and each thing that Slack sends needs (https://docs.slack.dev/reference/scopes); None: nothing.
SCOPES_OF_CALLS = {
    "apps_connections_open": None,
    "auth_test": None,
    "chat_delete": "chat:write",
    "chat_postMessage": "chat:write",
    "chat_update": "chat:write",
    "conversations_history": "im:history",
    "conversations_open": "im:write",
    "conversations_replies": "im:history",
    "files_delete": "files:write",
    "files_upload_v2": "files:write",
    "usergroups_users_list": "usergroups:read",
    "users_info": "users:read",
    "views_open": None,
    "views_publish": None,
}
SCOPES_OF_EVENTS = {
    "app_home_opened": None,
    "app_mention": "app_mentions:read",
    "app_uninstalled": None,
    "message": "im:history",
    "subteam_members_changed": "usergroups:read",
    "tokens_revoked": None,
}


def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    return loaded


def calls_in_code() -> set[str]:
    """The methods of Slack's client that the adapter names."""
    files = sorted(ADAPTERS.glob("slack/*.py"))
    assert len(files) > 5
    named = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            owner = getattr(node, "value", None)
            if isinstance(node, ast.Attribute) and getattr(owner, "attr", getattr(owner, "id", "")) == "client":
                named.add(node.attr)
    return named & {name for name in named if "_" in name and not name.startswith(("_", "retry", "wss"))}


def test_every_scope_is_used_and_every_used_one_is_there() -> None:
    needed = {SCOPES_OF_CALLS[call] for call in calls_in_code()} | {SCOPES_OF_EVENTS[event] for event in EVENTS}
    assert set(manifest()["oauth_config"]["scopes"]["bot"]) == (needed | {"commands"}) - {None} == SCOPES


def test_every_scope_has_its_reason() -> None:
    lines = re.findall(
        r"^      - [a-z_]+:[a-z]+ .*$|^      - commands .*$", MANIFEST.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(lines) == len(manifest()["oauth_config"]["scopes"]["bot"])
    assert all("  # " in line for line in lines)


def test_every_event_is_listened_to_and_every_listener_has_its_event() -> None:
    declared = {
        event.replace("message.im", "message") for event in manifest()["settings"]["event_subscriptions"]["bot_events"]
    }
    assert declared == set(EVENTS)


def test_the_command_and_the_shortcut_are_those_of_the_code() -> None:
    features = manifest()["features"]
    assert [command["command"] for command in features["slash_commands"]] == [COMMAND]
    assert [(s["type"], s["callback_id"]) for s in features["shortcuts"]] == [("message", SHORTCUT)]


def test_buttons_the_form_and_the_home_work() -> None:
    assert manifest()["settings"]["interactivity"]["is_enabled"] is True
    app_home = manifest()["features"]["app_home"]
    assert app_home == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }


def test_the_addresses_for_http_are_those_of_the_one_server() -> None:
    addresses = re.findall(
        r"HTTP: (?:request_)?url: https://bot\.example\.org(\S+)", MANIFEST.read_text(encoding="utf-8")
    )
    assert addresses == [PATH] * 3


def test_names_fit() -> None:
    told = manifest()["display_information"]
    assert (len(told["name"]) <= 35, len(told["description"]) <= 140) == (True, True)
    shortcut = manifest()["features"]["shortcuts"][0]
    assert (len(shortcut["name"]) <= 24, len(shortcut["description"]) <= 150) == (True, True)
