"""How much a request may send: counted as it comes in, whether it says its length or not."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

# Twenty photographs of a site with their form; one file is limited where it is looked at.
LARGEST = 64 * 1024 * 1024
SAID = "请求内容过大，未予接收。 The request is too large and was not taken."


class Capped:
    """Answers 413 to a request whose body is larger than `largest` bytes; what lies inside never sees the rest."""

    def __init__(self, inside: App, largest: int = LARGEST) -> None:
        self.inside, self.largest = inside, largest

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Count what comes in; a length that is said is believed when it is too large, and only then."""
        headers = dict(scope["headers"])
        said = headers.get(b"content-length", b"0")
        if said.isdigit() and int(said) > self.largest:
            await _too_large(send)
            return
        seen, over, answered = 0, False, False

        async def counted() -> Message:
            nonlocal seen, over
            message = await receive()
            seen += len(message.get("body", b""))
            over = over or seen > self.largest
            return {"type": "http.disconnect"} if over else message

        async def noted(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        await self.inside(scope, counted, noted)
        if over and not answered:
            await _too_large(send)


async def _too_large(send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": SAID.encode()})
