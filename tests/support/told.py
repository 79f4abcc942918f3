"""People who really commit what they are told: for tests with several connections, workers or sockets."""

import pytest
from django.db import connection

from notifications.models import Delivery, Notice, NoticeCounter
from permissions.models import Access, User


@pytest.fixture
def committed_people(django_db_setup, django_db_blocker):
    """Let the test commit people, notices, letters and access rows; take them away afterwards."""
    with django_db_blocker.unblock():
        before = set(User.objects.values_list("pk", flat=True))
        try:
            yield
        finally:
            for rows in (Delivery, Notice, NoticeCounter, Access):
                rows.objects.all().delete()
            User.objects.exclude(pk__in=before).delete()
            with connection.cursor() as cursor:
                cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
                cursor.execute("DELETE FROM django_session")
            connection.close()
