"""The channels out of the house: which adapter speaks on each, and which bots this site offers."""

from django.conf import settings

from notifications.adapters import Adapter, dingtalk, feishu, mail, wecom
from notifications.models import Bot, ChatAddress, Delivery
from notifications.sealing import unseal
from permissions.models import User

ADAPTERS: dict[str, Adapter] = {
    Delivery.Channel.MAIL: mail,
    Delivery.Channel.DINGTALK: dingtalk,
    Delivery.Channel.WECOM: wecom,
    Delivery.Channel.FEISHU: feishu,
}
BOTS = {Bot.DINGTALK: dingtalk, Bot.WECOM: wecom, Bot.FEISHU: feishu}


def offered() -> list[Bot]:
    """The bots that people may choose here; none where nothing but mail may leave the house."""
    return [bot for bot in Bot if bot.value in settings.CHAT_BOTS]


def address_of(person: User, channel: str, chat: ChatAddress | None) -> str:
    """Where this person is reached over a channel; nothing when there is no such address (any more)."""
    if not person.is_active:
        return ""
    if channel == Delivery.Channel.MAIL:
        return person.email
    if chat is None or chat.bot != channel or channel not in settings.CHAT_BOTS:
        return ""
    return unseal(chat.sealed) or ""
