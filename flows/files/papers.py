"""What a matter's paper says of its files."""

from django.utils.translation import gettext as _

from .selectors import Files


def file_rows(files: Files) -> list[tuple[str, str]]:
    """Each file by name with its hash, so that the paper and what lies in the store can be held against each other."""
    lines = [f"{number}. {row.name}\nSHA-256 {row.sha256}" for number, row in enumerate(files.kept, 1)]
    return [(_("Attachments"), "\n".join(lines))] if lines else []
