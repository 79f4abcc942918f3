"""One module a channel: `send(letter)` returns when the other side has taken it, or raises one of these two."""


class TemporaryFailure(Exception):
    """Not now; the same letter may pass later."""


class PermanentFailure(Exception):
    """Never: the other side refuses this address or this letter."""
