"""Emptying a database that keeps what is committed, for tests with several connections.

Django's own flush would be refused by the record's triggers and would take the seeded calendar with it.
"""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations

from flows.engine import selectors_policy

SEEDED = ("django_", "auth_permission", "deadlines_", "viewflow_")


def empty() -> None:
    """Empty every table but the seeded ones; only their owner can switch the record's triggers off."""
    names = [name for name in connection.introspection.table_names() if not name.startswith(SEEDED)]
    kept = [name for name in names if name.startswith(("journal_", "permissions_access"))]
    with connection.cursor() as cursor:
        for name in kept:
            cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        cursor.execute(f"TRUNCATE {', '.join(names)} CASCADE")
        for name in kept:
            cursor.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")
    selectors_policy.policy_by_id.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def emptied_our_way() -> Iterator[None]:
    """Tests that commit are followed by `empty` instead of Django's flush."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", lambda self, statements: empty())
        yield
