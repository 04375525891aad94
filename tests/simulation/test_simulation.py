"""A made-up time on the real machines, with restarts: every reminder at its place, within its hours, none twice."""

from pathlib import Path

import pytest

from tests.simulation.__main__ import draw, main


def simulated(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, float]]:
    code = main(arguments)
    lines = [line.rsplit(maxsplit=1) for line in capsys.readouterr().out.splitlines() if line]
    return code, {name.strip(): float(number) for name, number in lines if number.replace(".", "").isdecimal()}


def test_made_up_people_are_reminded_as_it_was_promised(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = simulated(capsys, "--days", "60", "--requests", "12", "--seed", "5")
    assert code == 0
    assert found["broken promises"] == 0
    assert found["reminders"] > 10
    assert found["restarts"] > 10


@pytest.mark.soak
def test_a_year_of_a_thousand_requests_breaks_no_promise(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = simulated(capsys, "--days", "365", "--requests", "1000", "--seed", "7")
    assert (code, found["broken promises"]) == (0, 0)
    assert found["reminders"] > 1000


def test_the_funnel_is_a_picture(tmp_path: Path) -> None:
    draw([("issued", 10), ("emailed", 7), ("received", 0)], tmp_path / "funnel.png")
    assert (tmp_path / "funnel.png").read_bytes().startswith(b"\x89PNG")


def test_a_simulation_of_nobody_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--requests", "0"])
    assert "1 or more" in capsys.readouterr().err
