"""Which flows take files: their rooms say so in AppConfig.ready."""

_FLOWS: set[str] = set()


def takes_files(code: str) -> None:
    """The runs of this flow take files at each of their steps; `code` is the flow's."""
    _FLOWS.add(code)


def are_taken(code: str) -> bool:
    """Whether runs of this flow take files."""
    return code in _FLOWS
