"""The access log stays as it was written, and for half a year at least (Cybersecurity Law, article 21).

Plain SQL, for the reason that the record's triggers give: no session variable switches them off.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION access_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'access log: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER access_no_change BEFORE UPDATE ON permissions_access
    FOR EACH ROW EXECUTE FUNCTION access_refuse();
CREATE TRIGGER access_no_early_removal BEFORE DELETE ON permissions_access
    FOR EACH ROW WHEN (OLD.at > now() - interval '183 days') EXECUTE FUNCTION access_refuse();
CREATE TRIGGER access_no_truncate BEFORE TRUNCATE ON permissions_access
    FOR EACH STATEMENT EXECUTE FUNCTION access_refuse();
"""

DROP = """
DROP TRIGGER access_no_truncate ON permissions_access;
DROP TRIGGER access_no_early_removal ON permissions_access;
DROP TRIGGER access_no_change ON permissions_access;
DROP FUNCTION access_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("permissions", "0002_substitutions_and_secretaries")]
    operations = [migrations.RunSQL(CREATE, DROP)]
