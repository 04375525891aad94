"""Settings: each is read, checked and named when it is wrong."""

from pathlib import Path

import pytest

from bot.app.config import environment, read_settings, secret_of, unknown_settings
from bot.model.errors import ConfigError
from bot.model.identity import Account


def test_defaults_make_a_bot() -> None:
    settings = read_settings({})
    assert (settings.data, settings.staff, settings.retention_draft) == (Path("data"), (), 30)
    assert settings.shown("CMVS", "x@oulu.fi")["controller"] == "CMVS"


def test_staff_are_named_by_account() -> None:
    settings = read_settings({"LA_BOT_STAFF": "slack:T1/U1, telegram:42"})
    assert settings.staff == (Account("slack", "T1", "U1"), Account("telegram", "", "42"))
    assert [str(account) for account in settings.staff] == ["slack:T1/U1", "telegram:42"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LA_BOT_STAFF", "anna"),
        ("LA_BOT_STAFF", "slack:T1/"),
        ("LA_BOT_SECRET", "short"),
        ("LA_BOT_APPLICANT_PRIVATE_MAILBOX", "maybe"),
        ("LA_BOT_RETENTION_APPROVED", "-1"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        read_settings({name: value})


def test_every_wrong_setting_is_named_at_once() -> None:
    with pytest.raises(ConfigError, match=r"LA_BOT_SECRET: .*; LA_BOT_STAFF: "):
        read_settings({"LA_BOT_STAFF": "anna", "LA_BOT_SECRET": "short"})


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("LA_BOT_DATA=file\nLA_BOT_CONTROLLER=file\n", encoding="utf-8")
    monkeypatch.setenv("LA_BOT_DATA", "environment")
    found = environment(tmp_path)
    assert (found["LA_BOT_DATA"], found["LA_BOT_CONTROLLER"]) == ("environment", "file")


def test_a_name_that_is_no_setting_is_noticed() -> None:
    assert list(unknown_settings({"LA_BOT_STAF": "x", "LA_BOT_STAFF": "", "HOME": ""})) == ["LA_BOT_STAF"]


def test_a_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    settings = read_settings({}, tmp_path)
    secret = secret_of(settings)
    assert len(secret) == 64
    assert secret_of(settings) == secret
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert secret_of(read_settings({"LA_BOT_SECRET": "0123456789abcdef"}, tmp_path)) == b"0123456789abcdef"
