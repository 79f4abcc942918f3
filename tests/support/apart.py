"""What the database refuses since administrators are kept apart, written all the same by the owner of its tables.

So that the second wall is tested as well: rights read from appointments give an administrator nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

TABLES = ("permissions_user", "permissions_appointment")


@contextmanager
def together() -> Iterator[None]:
    """No trigger of ours looks at accounts and appointments meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
