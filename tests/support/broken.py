"""Parts that are there and fail: a cache and a channel layer whose every call raises."""

from django.core.cache.backends.base import BaseCache


class Gone(ConnectionError):
    """The part does not answer."""


class BrokenCache(BaseCache):
    """A cache nobody answers for."""

    def __init__(self, _location: str, params: dict) -> None:
        super().__init__(params)

    def _gone(self, *_: object, **__: object) -> None:
        raise Gone("secret-cache-host")

    add = get = set = touch = delete = clear = _gone


class BrokenLayer:
    """A channel layer nobody answers for."""

    extensions = ["groups"]

    def __init__(self, **_: object) -> None:
        pass

    async def _gone(self, *_: object, **__: object) -> None:
        raise Gone("secret-redis-host")

    send = receive = new_channel = group_add = group_discard = group_send = _gone
