"""What was due first, and copies as rows of their own, for what is in the database already."""

from django.db import migrations

COPIES = """
INSERT INTO engine_copy (run_id, user_id, sent_by_id, sent, acknowledged)
SELECT DISTINCT ON (run.id, notice.user_id) run.id, notice.user_id, NULL::bigint, notice.created, NULL::timestamptz
  FROM notifications_notice AS notice JOIN engine_run AS run ON run.public_id = notice.about
 WHERE notice.copied
 ORDER BY run.id, notice.user_id, notice.created
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("engine", "0002_every_operation"), ("notifications", "0002_put_notices")]

    operations = [
        migrations.RunSQL("UPDATE engine_step SET first_due_on = due_on", migrations.RunSQL.noop),
        migrations.RunSQL(COPIES, migrations.RunSQL.noop),
    ]
