"""The socket of an open page. It says how far the person's notices have come, and never what they say."""

import json
import logging
import time
from collections import Counter
from importlib import import_module
from typing import Any

from channels.auth import get_user
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from notifications import hints, selectors

log = logging.getLogger(__name__)

SIGNED_OUT = 4401
TOO_BIG = 1009
TRY_LATER = 1013
BIGGEST_MESSAGE = 4096
MOST_PAGES = 20  # open at a time, of one person in one process: more is no reading
SECONDS_BETWEEN_ANSWERS = 2.0


class NoticesConsumer(AsyncWebsocketConsumer):
    """Joins the person's group, says {"upto": n} at once, at every hint, and when asked.

    Whatever the page sends is the question "how far?"; it is answered at most every two seconds.
    """

    joined = False
    answered = 0.0
    open_pages: Counter[int] = Counter()

    async def connect(self) -> None:
        """Refuse strangers; join first and read the number after, so that nothing falls between the two."""
        user = self.scope.get("user")
        if user is None or not user.is_authenticated or not user.is_active:
            await self.close(SIGNED_OUT)
            return
        self.user_id = user.pk
        if self.open_pages[self.user_id] >= MOST_PAGES:
            await self.close(TRY_LATER)
            return
        try:
            await self.channel_layer.group_add(hints.group_of(self.user_id), self.channel_name)
        except hints.DOWN as error:
            log.warning("socket refused, no hints: %s: %s", type(error).__name__, error)
            await self.close(TRY_LATER)
            return
        self.joined = True
        self.open_pages[self.user_id] += 1
        await self.accept()
        await self._answer()

    async def disconnect(self, code: int) -> None:
        """Leave the group; a group that Valkey has lost is left already."""
        if not self.joined:
            return
        self.open_pages[self.user_id] -= 1
        try:
            await self.channel_layer.group_discard(hints.group_of(self.user_id), self.channel_name)
        except hints.DOWN as error:
            log.info("group not left: %s", type(error).__name__)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Answer the page's question; close when it talks too much."""
        if len((text_data or "").encode()) + len(bytes_data or b"") > BIGGEST_MESSAGE:
            await self.close(TOO_BIG)
        elif time.monotonic() - self.answered >= SECONDS_BETWEEN_ANSWERS and await self._still_here():
            await self._answer()

    async def notices_upto(self, event: dict[str, Any]) -> None:
        """Pass a hint on, unless the person has signed out or lost the account meanwhile."""
        if await self._still_here():
            await self.send(json.dumps({"upto": event["upto"]}))

    async def _answer(self) -> None:
        self.answered = time.monotonic()
        number = await database_sync_to_async(selectors.upto)(self.user_id)
        await self.send(json.dumps({"upto": number}))

    async def _still_here(self) -> bool:
        """Read session and account again; close the socket when they no longer allow it."""
        # The session of the handshake is a copy in memory: a fresh one knows of a sign-out elsewhere.
        fresh = import_module(settings.SESSION_ENGINE).SessionStore(self.scope["session"].session_key)
        user = await get_user({"session": fresh})
        if user.is_authenticated and user.is_active and user.pk == self.user_id:
            return True
        await self.close(SIGNED_OUT)
        return False
