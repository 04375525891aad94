"""What holds in every test of the adapters."""

from collections.abc import Iterator

import pytest
from telegram.request import HTTPXRequest, RequestData

from tests.adapters.telegram_wire import Call, let_out


@pytest.fixture
def refused() -> list[Exception]:
    """Why calls over HTTP were not let out."""
    return []


@pytest.fixture(autouse=True)
def calls(monkeypatch: pytest.MonkeyPatch, refused: list[Exception]) -> Iterator[list[Call]]:
    """What Telegram took over HTTP. No test has a bot that sends anything there unchecked."""
    sent, real = list[Call](), HTTPXRequest.do_request

    async def do_request(
        self: HTTPXRequest, url: str, method: str, request_data: RequestData | None = None, **timeouts: float | None
    ) -> tuple[int, bytes]:
        call = let_out(url, request_data, refused)
        status, body = await real(self, url, method, request_data, **timeouts)
        if status == 200:
            sent.append(call)
        return status, body

    monkeypatch.setattr(HTTPXRequest, "do_request", do_request)
    yield sent
    assert not refused, refused
