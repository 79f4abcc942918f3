"""What was written stays: triggers refuse to change, delete or empty the record.

Plain SQL and not django-pgtrigger, whose `ignore` would let any code switch them off by a session variable.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'journal: % refuses %', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION journal_guard_head() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_added bigint;
    v_last text;
BEGIN
    IF (NEW.id, NEW.kind, NEW.public_id) IS DISTINCT FROM (OLD.id, OLD.kind, OLD.public_id) THEN
        RAISE EXCEPTION 'journal: a chain keeps its identity'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT count(*), max(e.hash) FILTER (WHERE e.number = NEW.length) INTO v_added, v_last
      FROM journal_entry e WHERE e.chain_id = NEW.id AND e.number > OLD.length;
    IF NEW.length <= OLD.length OR v_added <> NEW.length - OLD.length OR v_last IS DISTINCT FROM NEW.head THEN
        RAISE EXCEPTION 'journal: a head moves only with its entries'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER journal_entry_no_change BEFORE UPDATE OR DELETE ON journal_entry
    FOR EACH ROW EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER journal_entry_no_truncate BEFORE TRUNCATE ON journal_entry
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER journal_personal_no_change BEFORE UPDATE ON journal_entrypersonal
    FOR EACH ROW EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER journal_personal_no_truncate BEFORE TRUNCATE ON journal_entrypersonal
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER journal_chain_no_delete BEFORE DELETE ON journal_chain
    FOR EACH ROW EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER journal_chain_no_truncate BEFORE TRUNCATE ON journal_chain
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER journal_chain_guard_head BEFORE UPDATE ON journal_chain
    FOR EACH ROW WHEN (ROW(OLD.id, OLD.kind, OLD.public_id, OLD.head, OLD.length)
        IS DISTINCT FROM ROW(NEW.id, NEW.kind, NEW.public_id, NEW.head, NEW.length))
    EXECUTE FUNCTION journal_guard_head();
"""

DROP = """
DROP TRIGGER journal_chain_guard_head ON journal_chain;
DROP TRIGGER journal_chain_no_truncate ON journal_chain;
DROP TRIGGER journal_chain_no_delete ON journal_chain;
DROP TRIGGER journal_personal_no_truncate ON journal_entrypersonal;
DROP TRIGGER journal_personal_no_change ON journal_entrypersonal;
DROP TRIGGER journal_entry_no_truncate ON journal_entry;
DROP TRIGGER journal_entry_no_change ON journal_entry;
DROP FUNCTION journal_guard_head();
DROP FUNCTION journal_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0002_append_function")]

    operations = [migrations.RunSQL(CREATE, DROP)]
