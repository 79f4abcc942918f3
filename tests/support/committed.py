"""A database that keeps what is committed, for tests with several connections; emptied afterwards."""

import pytest
from django.db import connection

from flows.engine import selectors_policy

SEEDED = ("django_", "auth_permission", "deadlines_", "viewflow_")


def empty() -> None:
    """Empty every table but the seeded ones; triggers are off for this, or the record would refuse."""
    names = [name for name in connection.introspection.table_names() if not name.startswith(SEEDED)]
    quoted = ", ".join(connection.ops.quote_name(name) for name in names)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"TRUNCATE {quoted} CASCADE")
        cursor.execute("SET session_replication_role = origin")
    selectors_policy.policy_by_id.cache_clear()


@pytest.fixture
def committed_db(django_db_setup, django_db_blocker):
    """Let the test commit; put the database back as it was afterwards."""
    with django_db_blocker.unblock():
        try:
            yield
        finally:
            empty()
            connection.close()
