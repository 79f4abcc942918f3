"""钉钉: the custom bot of a group."""

from urllib.parse import unquote

from apprise.plugins.dingtalk import NotifyDingTalk

from notifications.adapters import Letter, bots

PATH = "/robot/send?access_token="
# Token unknown; group dissolved; bot gone or stopped; keyword, signature or network refused; content refused.
NEVER = frozenset({300001, 300005, 310000, 400013, 400101, 400102, 400105, 430101, 430102, 430103, 430104})
ANSWERS = bots.Answers("errcode", NEVER, too_fast=frozenset({130101, 410100}))


def address(typed: str, secret: str) -> str:
    """The address as it is kept, of what was copied from the bot's page; ValueError when it is none."""
    kept = bots.secret(secret)
    return f"dingtalk://{kept + '@' if kept else ''}{bots.token(typed, PATH, bot='dingtalk')}/"


def send(letter: Letter) -> None:
    """Hand one letter to the bot; `msgUuid` lets it tell a repeat."""
    bot = bots.opened(NotifyDingTalk, letter.address)
    params = {"access_token": bot.token}
    if bot.secret:
        moment, signature = bot.get_signature()
        params |= {"timestamp": moment, "sign": unquote(signature)}  # it is quoted once more on its way
    payload = {"msgtype": "text", "text": {"content": letter.text("notices/chat.txt")}, "msgUuid": letter.key}
    bots.post(bots.host("dingtalk") + "/robot/send", payload, key=letter.key, answers=ANSWERS, params=params)
