"""What the rooms above tell the record: whose a chain is."""

from collections.abc import Callable, Iterable

_claims: list[Callable[[], Iterable[tuple[int, str]]]] = []


def claims(function: Callable[[], Iterable[tuple[int, str]]]) -> None:
    """Register the chains of a room: (key of the chain, code of its subject).

    The first entry of such a chain names the same code among its facts, so chains that were swapped are found.
    """
    _claims.append(function)


def subjects() -> dict[int, str]:
    """The code of each chain's subject."""
    return {chain: code for function in _claims for chain, code in function()}
