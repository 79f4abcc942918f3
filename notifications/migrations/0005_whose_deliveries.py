"""Each delivery gets its person, and what was set aside its letter, by which the administrator takes it up."""

from django.db import migrations

WHOSE = """
UPDATE notifications_delivery AS delivery
   SET user_id = notice.user_id,
       letter = CASE WHEN delivery.state IN ('failed', 'parked') THEN gen_random_uuid() END
  FROM notifications_notice AS notice WHERE notice.id = delivery.notice_id
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0004_preferences_and_letters")]

    operations = [migrations.RunSQL(WHOSE, migrations.RunSQL.noop)]
