"""Key rotation: every sealed column written again under the first key; what was written stays what it was."""

from collections.abc import Iterator

from django.apps import apps
from django.db import connection, transaction

from .sealed import SealedText, is_current, reseal

BATCH = 500


@transaction.atomic
def rekey() -> int:
    """Seal anew whatever another key than the first had sealed; returns how many texts, for the tests.

    Raises Unavailable where none of the keys opens a text: then nothing is changed.
    """
    return sum(_rekey(table, column) for table, column in _columns())


def _columns() -> Iterator[tuple[str, str]]:
    for model in apps.get_app_config("discipline").get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedText):
                yield model._meta.db_table, field.column


def _rekey(table: str, column: str) -> int:
    """One column, in the order of its keys; read and written past the field, which would open it."""
    done, last = 0, 0
    name, place = connection.ops.quote_name(table), connection.ops.quote_name(column)
    read = f"SELECT id, {place} FROM {name} WHERE id > %s AND {place} <> '' ORDER BY id LIMIT {BATCH} FOR NO KEY UPDATE"  # noqa: S608
    write = f"UPDATE {name} SET {place} = %s WHERE id = %s"  # noqa: S608 - both names are the models' own
    with connection.cursor() as cursor:
        while True:
            cursor.execute(read, [last])
            rows = cursor.fetchall()
            if not rows:
                return done
            for key, sealed in rows:
                last = key
                if not is_current(sealed):
                    cursor.execute(write, [reseal(sealed), key])
                    done += 1
