"""Every code a rule or an operation may refuse with has its sentence, and every sentence its Chinese."""

import re
from pathlib import Path

import pytest
from django.utils import translation

from hetang_flow.refusal_texts import TEXTS, sentence

ROOT = Path(__file__).resolve().parents[2]
RAISED = re.compile(r'\b(?:Verdict|NotAllowed|NotFound|WrongState|Invalid)\(\s*"([a-z][a-z0-9-]+)"')


def codes() -> set[str]:
    """The codes written in the source of every room."""
    rooms = ("flows", "permissions", "notifications", "hetang_flow")
    sources = (path for room in rooms for path in (ROOT / room).rglob("*.py") if "lib" not in path.parts)
    return {code for path in sources for code in RAISED.findall(path.read_text(encoding="utf-8"))}


def test_every_code_has_a_sentence():
    assert sorted(codes() - TEXTS.keys()) == []


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_every_sentence_is_chinese_by_default(code):
    with translation.override("zh-hans"):
        assert re.search("[\u4e00-\u9fff]", sentence(code, {})), code
