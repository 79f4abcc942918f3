"""飞书: the custom bot of a group."""

import base64
import hashlib
import hmac
import time
from typing import Any

from apprise.plugins.feishu import NotifyFeishu

from notifications.adapters import Letter, bots

PATH = "/open-apis/bot/v2/hook/"
# Request malformed; token unknown; signature, network or keyword refused.
NEVER = frozenset({9499, 19001, 19021, 19022, 19024})
ANSWERS = bots.Answers("code", NEVER, too_fast=frozenset({11232}))


def address(typed: str, secret: str) -> str:
    """The address as it is kept, of what was copied from the bot's page; ValueError when it is none."""
    kept = bots.secret(secret)
    return f"feishu://{kept + '@' if kept else ''}{bots.token(typed, PATH, bot='feishu')}/"


def send(letter: Letter) -> None:
    """Hand one letter to the bot; it knows no keys, so the text carries a short one."""
    bot = bots.opened(NotifyFeishu, letter.address)
    payload: dict[str, Any] = {
        "msg_type": "text",
        "content": {"text": letter.text("notices/chat.txt")},
        "uuid": letter.key,
    }
    if bot.user:
        payload |= signed(bot.user, str(int(time.time())))
    bots.post(bots.host("feishu") + PATH + bot.token, payload, key=letter.key, answers=ANSWERS)


def signed(secret: str, moment: str) -> dict[str, str]:
    """The signature this bot wants: the moment and the secret are the key, and nothing is signed with it."""
    digest = hmac.new(f"{moment}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return {"timestamp": moment, "sign": base64.b64encode(digest).decode()}
