"""Whether somebody was told already is looked up key by key, whatever the planner thinks of a list of unknown length.

As an anti-join it was answered by reading the whole table once a sweep had put a few thousand notices at once.
"""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("notifications.migrations.0002_put_notices").PUT.replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
)
JOINED = """WHERE NOT EXISTS (
                   SELECT 1 FROM notifications_notice AS old
                    WHERE old.user_id = recipient::bigint AND old.key = draft ->> 'key')"""
LOOKED_UP = """WHERE (SELECT count(*) FROM notifications_notice AS old
                 WHERE old.user_id = recipient::bigint AND old.key = draft ->> 'key') = 0"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_put_notices")]

    operations = [migrations.RunSQL(BEFORE.replace(JOINED, LOOKED_UP), BEFORE)]
