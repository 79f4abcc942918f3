"""企业微信: the bot of a group."""

from apprise.plugins.wecombot import NotifyWeComBot

from notifications.adapters import Letter, bots

PATH = "/cgi-bin/webhook/send?key="
# Type or content refused; address unknown; bot stopped or no longer in the group.
NEVER = frozenset({40008, 40058, 44004, 93000, 93004, 93008})
ANSWERS = bots.Answers("errcode", NEVER, too_fast=frozenset({45009, 45033}))


def address(typed: str, secret: str) -> str:
    """The address as it is kept; this bot has no signing secret. ValueError when it is none."""
    return f"wecombot://{bots.token(typed, PATH, bot='wecom')}/"


def send(letter: Letter) -> None:
    """Hand one letter to the bot; it knows no keys, so the text carries a short one."""
    bot = bots.opened(NotifyWeComBot, letter.address)
    payload = {"msgtype": "text", "text": {"content": letter.text("notices/chat.txt")}}
    where = bots.host("wecom") + "/cgi-bin/webhook/send"
    bots.post(where, payload, key=letter.key, answers=ANSWERS, params={"key": bot.key})
