"""No administrator holds a post, no account is above the three; the database refuses both.

The appointment reads its account under a share lock, and making somebody an administrator locks that row: of two who
do both at once, the second sees what the first has done.
"""

from django.db import migrations, models
from django.db.models import Q

CREATE = """
CREATE FUNCTION administrators_apart() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    today date := (now() AT TIME ZONE 'Asia/Shanghai')::date;
    kind text;
BEGIN
    IF TG_TABLE_NAME = 'permissions_appointment' THEN
        IF NEW.user_id IS NULL OR NEW.until_day <= today THEN
            RETURN NEW;
        END IF;
        SELECT administrator INTO kind FROM permissions_user WHERE id = NEW.user_id FOR SHARE;
        IF kind <> '' THEN
            RAISE EXCEPTION 'an administrator holds no post' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    ELSIF NEW.administrator <> '' AND EXISTS (
        SELECT FROM permissions_appointment WHERE user_id = NEW.id AND (until_day IS NULL OR until_day > today)
    ) THEN
        RAISE EXCEPTION 'whoever holds a post is no administrator' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER administrators_apart BEFORE INSERT OR UPDATE OF user_id, until_day ON permissions_appointment
    FOR EACH ROW EXECUTE FUNCTION administrators_apart();
CREATE TRIGGER administrators_apart BEFORE UPDATE OF administrator ON permissions_user
    FOR EACH ROW WHEN (NEW.administrator <> '') EXECUTE FUNCTION administrators_apart();
"""

DROP = """
DROP TRIGGER administrators_apart ON permissions_user;
DROP TRIGGER administrators_apart ON permissions_appointment;
DROP FUNCTION administrators_apart();
"""

# What stood there before the constraint: flags that opened nothing, and posts that counted for nothing.
SETTLE = """
UPDATE permissions_user SET is_superuser = false, is_staff = false WHERE is_superuser OR is_staff;
UPDATE permissions_appointment AS held SET until_day = greatest(held.from_day, (now() AT TIME ZONE 'Asia/Shanghai')::date)
    FROM permissions_user AS account
    WHERE account.id = held.user_id AND account.administrator <> '' AND held.until_day IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("permissions", "0004_signing_in")]
    operations = [
        migrations.RunSQL(SETTLE, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=Q(("is_staff", False), ("is_superuser", False)), name="user_is_no_superuser"
            ),
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
