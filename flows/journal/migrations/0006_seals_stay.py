"""What was sealed stays: the same refusals as for the record itself."""

from django.db import migrations

CREATE = """
CREATE TRIGGER journal_seal_no_change BEFORE UPDATE OR DELETE ON journal_seal
    FOR EACH ROW EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER journal_seal_no_truncate BEFORE TRUNCATE ON journal_seal
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER journal_sealedhead_no_change BEFORE UPDATE OR DELETE ON journal_sealedhead
    FOR EACH ROW EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER journal_sealedhead_no_truncate BEFORE TRUNCATE ON journal_sealedhead
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
"""
DROP = """
DROP TRIGGER journal_sealedhead_no_truncate ON journal_sealedhead;
DROP TRIGGER journal_sealedhead_no_change ON journal_sealedhead;
DROP TRIGGER journal_seal_no_truncate ON journal_seal;
DROP TRIGGER journal_seal_no_change ON journal_seal;
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0005_seals")]

    operations = [migrations.RunSQL(CREATE, DROP)]
