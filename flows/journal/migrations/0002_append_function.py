"""The one way in: number, hash and store entries under the chain's lock, in one statement."""

from django.db import migrations

CREATE = """
CREATE FUNCTION journal_append(p_chain bigint, p_entries jsonb)
RETURNS TABLE (id bigint, number bigint, hash text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_head text;
    v_number bigint;
    v_id bigint;
    v_entry jsonb;
BEGIN
    SELECT c.head, c.length INTO v_head, v_number
      FROM journal_chain c WHERE c.id = p_chain FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'journal: there is no chain %', p_chain USING ERRCODE = 'foreign_key_violation';
    END IF;
    FOR v_entry IN SELECT e.value FROM jsonb_array_elements(p_entries) WITH ORDINALITY e ORDER BY e.ordinality
    LOOP
        IF v_entry->>'algorithm' IS DISTINCT FROM 'sha256' THEN
            RAISE EXCEPTION 'journal: unknown algorithm %', v_entry->>'algorithm';
        END IF;
        v_number := v_number + 1;
        v_head := encode(
            sha256(convert_to(v_head || '|' || v_number || '|' || (v_entry->>'digest'), 'UTF8')), 'hex');
        INSERT INTO journal_entry AS j (
            chain_id, number, kind, happened, recorded, actor_id, actor_post, on_behalf_of_id, on_behalf_post,
            run_id, facts, before, after, commitments, algorithm, digest, hash)
        VALUES (
            p_chain, v_number, v_entry->>'kind',
            (v_entry->>'happened')::timestamptz, (v_entry->>'recorded')::timestamptz,
            (v_entry->>'actor_id')::bigint, v_entry->>'actor_post',
            (v_entry->>'on_behalf_of_id')::bigint, v_entry->>'on_behalf_post',
            (v_entry->>'run_id')::bigint, v_entry->'facts',
            NULLIF(v_entry->'before', 'null'::jsonb), NULLIF(v_entry->'after', 'null'::jsonb),
            v_entry->'commitments', v_entry->>'algorithm', v_entry->>'digest', v_head)
        RETURNING j.id INTO v_id;
        INSERT INTO journal_entrypersonal (entry_id, field, salt, value)
        SELECT v_id, p.field, p.salt, p.value
          FROM jsonb_to_recordset(v_entry->'personal') AS p(field text, salt text, value text);
        id := v_id;
        number := v_number;
        hash := v_head;
        RETURN NEXT;
    END LOOP;
    IF jsonb_array_length(p_entries) > 0 THEN
        UPDATE journal_chain c SET head = v_head, length = v_number WHERE c.id = p_chain;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_chains_and_entries")]

    operations = [migrations.RunSQL(CREATE, "DROP FUNCTION journal_append(bigint, jsonb)")]
