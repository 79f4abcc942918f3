"""Hints to open pages: "look, up to n". They may be lost at any time; the rows are the truth.

A Valkey that is down costs an operation at most PATIENCE once, and then nothing for QUIET seconds: pages fall back
to polling and ask again after they have reconnected.
"""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence

import redis.exceptions
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

log = logging.getLogger(__name__)

PATIENCE = 1.0
QUIET = 3.0
AT_ONCE = 20  # connections to Valkey: a pool has a hundred, and a sweep tells more people than that
DOWN = (
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
    OSError,
    TimeoutError,
    asyncio.TimeoutError,
)

_quiet_until = 0.0


def group_of(user_id: int) -> str:
    """The channel group that all open pages of one person have joined."""
    return f"user.{user_id}"


def send(upto: Mapping[int, int]) -> None:
    """Tell each person's open pages how far the numbers have come; never fails because of Valkey."""
    _tell({user_id: {"type": "notices.upto", "upto": number} for user_id, number in upto.items()})


def look_again(sender: object, user_ids: Sequence[int], **more: object) -> None:
    """After the commit, let these persons' open pages read session and account anew, and close where they are out."""
    transaction.on_commit(lambda: _tell({user_id: {"type": "notices.look_again"} for user_id in user_ids}))


def _tell(messages: Mapping[int, Mapping[str, object]]) -> None:
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return
    try:
        async_to_sync(_send_all)(messages)
    except DOWN as error:
        _quiet_until = time.monotonic() + QUIET
        log.warning("hints are not sent for %s s: %s: %s", QUIET, type(error).__name__, error)


async def _send_all(messages: Mapping[int, Mapping[str, object]]) -> None:
    layer = get_channel_layer()
    lanes = asyncio.Semaphore(AT_ONCE)

    async def hint(user_id: int, message: Mapping[str, object]) -> None:
        async with lanes:
            await layer.group_send(group_of(user_id), dict(message))

    await asyncio.wait_for(asyncio.gather(*(hint(*each) for each in messages.items())), PATIENCE)
