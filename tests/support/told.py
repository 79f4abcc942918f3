"""People who really commit what they are told: for tests with several connections, workers or sockets.

A module that imports `committed_people` gets it as its `db`: under this name pytest-django knows that the test
database has to be made, also when such a module runs alone.
"""

import pytest
from django.db import connection

from hetang_flow.lib import clock
from notifications.models import ChatAddress, Delivery, Notice, NoticeCounter, Preference
from permissions.models import Access, User


@pytest.fixture(name="db")
def committed_people(django_db_setup, django_db_blocker):
    """Let the test commit people, notices, letters and access rows; take them away afterwards."""
    assert connection.settings_dict["NAME"].startswith("test_"), "nothing but a test database is emptied"
    with django_db_blocker.unblock():
        before = set(User.objects.values_list("pk", flat=True))
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE permissions_access DISABLE TRIGGER USER")
                for rows in (Delivery, Notice, NoticeCounter, Preference, ChatAddress, Access):
                    rows.objects.all().delete()
                cursor.execute("ALTER TABLE permissions_access ENABLE TRIGGER USER")
                User.objects.exclude(pk__in=before).delete()
                cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
                cursor.execute("DELETE FROM django_session")
            connection.close()


def awake(*people: User) -> None:
    """Let these people be told at any hour: tests with a real worker run at whatever hour it is."""
    Preference.objects.bulk_create(
        Preference(user=one, quiet_from=None, quiet_until=None, chat_from="low", saved_at=clock.now())
        for one in people
    )
