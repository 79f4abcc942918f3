"""Many entries at once cost one statement each for themselves and their personal values, not one an entry.

Hashing goes from entry to entry as before; only the writing is gathered. A sweep appends a thousand at a time.
"""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("flows.journal.migrations.0002_append_function").CREATE

REPLACE = """
CREATE OR REPLACE FUNCTION journal_append(p_chain bigint, p_entries jsonb)
RETURNS TABLE (id bigint, number bigint, hash text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_head text;
    v_length bigint;
    v_place bigint := 0;
    v_algorithm text;
    v_digest text;
    v_hashes text[] := '{}';
BEGIN
    SELECT c.head, c.length INTO v_head, v_length
      FROM journal_chain c WHERE c.id = p_chain FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'journal: there is no chain %', p_chain USING ERRCODE = 'foreign_key_violation';
    END IF;
    FOR v_algorithm, v_digest IN
        SELECT e.value->>'algorithm', e.value->>'digest'
          FROM jsonb_array_elements(p_entries) WITH ORDINALITY e ORDER BY e.ordinality
    LOOP
        IF v_algorithm IS DISTINCT FROM 'sha256' THEN
            RAISE EXCEPTION 'journal: unknown algorithm %', v_algorithm;
        END IF;
        v_place := v_place + 1;
        v_head := encode(
            sha256(convert_to(v_head || '|' || (v_length + v_place) || '|' || v_digest, 'UTF8')), 'hex');
        v_hashes[v_place] := v_head;
    END LOOP;
    IF v_place = 0 THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH listed AS MATERIALIZED (
        SELECT e.*
          FROM ROWS FROM (jsonb_to_recordset(p_entries) AS (
                   kind text, happened timestamptz, recorded timestamptz, actor_id bigint, actor_post text,
                   on_behalf_of_id bigint, on_behalf_post text, run_id bigint, facts jsonb, before jsonb,
                   after jsonb, commitments jsonb, algorithm text, digest text, personal jsonb
               )) WITH ORDINALITY AS e (
                   kind, happened, recorded, actor_id, actor_post, on_behalf_of_id, on_behalf_post, run_id,
                   facts, before, after, commitments, algorithm, digest, personal, place)
    ), written AS (
        INSERT INTO journal_entry AS j (
            chain_id, number, kind, happened, recorded, actor_id, actor_post, on_behalf_of_id, on_behalf_post,
            run_id, facts, before, after, commitments, algorithm, digest, hash)
        SELECT p_chain, v_length + l.place, l.kind, l.happened, l.recorded, l.actor_id, l.actor_post,
               l.on_behalf_of_id, l.on_behalf_post, l.run_id, l.facts, l.before, l.after, l.commitments,
               l.algorithm, l.digest, v_hashes[l.place]
          FROM listed l ORDER BY l.place
        RETURNING j.id, j.number, j.hash
    ), kept AS (
        INSERT INTO journal_entrypersonal (entry_id, field, salt, value)
        SELECT w.id, p.field, p.salt, p.value
          FROM written w JOIN listed l ON l.place = w.number - v_length,
               jsonb_to_recordset(l.personal) AS p(field text, salt text, value text)
    )
    SELECT w.id, w.number, w.hash::text FROM written w ORDER BY w.number;
    UPDATE journal_chain c SET head = v_head, length = v_length + v_place WHERE c.id = p_chain;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0003_append_only")]

    operations = [
        migrations.RunSQL(REPLACE, BEFORE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")),
    ]
