"""What the chat bots have in common: one POST, and an answer whose body says more than its status.

apprise knows each bot's form of an address, checks it and signs. The letter itself is posted here: apprise takes every
status 200 for a success, but a bot that refuses says so with status 200 and a number; it cannot tell "not now" from
"never"; it follows redirects with the secret; and its log repeats the secret.
"""

import json
import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import requests
from apprise.plugins.base import NotifyBase
from django.conf import settings

from notifications.adapters import PermanentFailure, TemporaryFailure

CONNECT, READ = 4.0, 8.0
LATER = (408, 425, 429)
PAUSE = timedelta(minutes=1)  # every bot takes about twenty messages a minute


class Answers(NamedTuple):
    """How a bot answers: the field of its number, the numbers that mean never, those that mean too fast."""

    field: str
    never: Collection[int]
    too_fast: Collection[int]


def post(
    url: str,
    payload: Mapping[str, Any],
    *,
    key: str,
    answers: Answers,
    params: Mapping[str, str] | None = None,
) -> None:
    """Post one letter and read the answer; raises TemporaryFailure or PermanentFailure with a number at most."""
    try:
        answer = requests.post(
            url,
            data=json.dumps(payload, ensure_ascii=False).encode(),
            params=params,
            headers={"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": key},
            timeout=(CONNECT, READ),
            allow_redirects=False,
        )
    except requests.RequestException as error:
        # Its text repeats the address with the secret in it.
        raise TemporaryFailure(type(error).__name__) from None
    status = answer.status_code
    if status in LATER or status >= 500:
        raise TemporaryFailure(f"status {status}", _wait(answer.headers.get("Retry-After", "")))
    if status != 200:
        raise PermanentFailure(f"status {status}")
    _judge(answer.content, answers)


def _wait(asked: str) -> timedelta | None:
    return timedelta(seconds=int(asked)) if asked.isdecimal() and len(asked) < 7 else None


def _judge(content: bytes, answers: Answers) -> None:
    """Status 200 alone is no yes."""
    try:
        number = json.loads(content)[answers.field]
    except (ValueError, KeyError, TypeError):
        raise TemporaryFailure("an answer that no bot gives") from None
    if number == 0:
        return
    said = f"refused: {number if isinstance(number, int) else 'without a number'}"
    if number in answers.never:
        raise PermanentFailure(said)
    raise TemporaryFailure(said, PAUSE if number in answers.too_fast else None)


def opened(kind: type[NotifyBase], address: str) -> Any:
    """apprise's picture of a kept address; PermanentFailure when it is none."""
    try:
        return kind(**(kind.parse_url(address) or {}))
    except TypeError:  # AppriseImproperlyConfigured is one; its text repeats the secret
        raise PermanentFailure("not an address of this bot") from None


def host(bot: str) -> str:
    """Where this bot's service listens: its maker's address, or that of an installation of one's own."""
    return str(settings.CHAT_HOSTS[bot]).rstrip("/")


def token(typed: str, before: str, *, bot: str) -> str:
    """The token in what was typed: the whole address as the bot shows it (its path as `before`), or the token alone.

    Raises ValueError when it is neither: nothing is ever posted to a host somebody typed.
    """
    whole = re.escape(host(bot) + before)
    match = re.fullmatch(rf"(?:{whole})?([A-Za-z0-9_-]{{8,128}})/?", typed.strip())
    if match is None:
        raise ValueError("not an address of this bot")
    return match[1]


def secret(typed: str) -> str:
    """The signing secret as typed, or nothing; ValueError when it can be none."""
    if not re.fullmatch(r"[A-Za-z0-9]{0,128}", typed.strip()):
        raise ValueError("not a secret of this bot")
    return typed.strip()
