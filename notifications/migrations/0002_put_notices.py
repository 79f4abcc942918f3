"""The one door through which notices are numbered and written.

A function rather than one long statement: every statement inside it sees what was committed while it waited for a
counter, so that a key told twice at the same instant is skipped without leaving a hole in the numbers.
"""

from django.db import migrations

PUT = """
CREATE FUNCTION notifications_put(drafts jsonb, moment timestamptz)
RETURNS TABLE (notice_id bigint, user_id bigint, number integer, has_mail boolean)
LANGUAGE plpgsql AS $body$
#variable_conflict use_column
BEGIN
    -- 1. Lock the counters of all recipients in the order of their keys, making those that are missing.
    --    The condition is never true: an existing row is locked and not written.
    INSERT INTO notifications_noticecounter AS counter (user_id, last)
    SELECT DISTINCT recipient::bigint, 0
      FROM jsonb_array_elements(drafts) AS draft, jsonb_array_elements_text(draft -> 'to') AS recipient
     ORDER BY 1
        ON CONFLICT (user_id) DO UPDATE SET last = counter.last WHERE false;

    -- 2. Number what this person has not been told yet, and move the counters up.
    RETURN QUERY
    WITH told AS (
        SELECT DISTINCT ON (recipient::bigint, draft ->> 'key')
               recipient::bigint AS user_id, draft, place
          FROM jsonb_array_elements(drafts) WITH ORDINALITY AS listed (draft, place),
               jsonb_array_elements_text(draft -> 'to') AS recipient
         WHERE NOT EXISTS (
                   SELECT 1 FROM notifications_notice AS old
                    WHERE old.user_id = recipient::bigint AND old.key = draft ->> 'key')
         ORDER BY recipient::bigint, draft ->> 'key', place
    ), numbered AS (
        SELECT told.user_id, told.draft,
               (counter.last + row_number() OVER (PARTITION BY told.user_id ORDER BY told.place))::integer AS number
          FROM told JOIN notifications_noticecounter AS counter ON counter.user_id = told.user_id
    ), moved AS (
        UPDATE notifications_noticecounter AS counter SET last = newest.number
          FROM (SELECT n.user_id, max(n.number) AS number FROM numbered AS n GROUP BY n.user_id) AS newest
         WHERE counter.user_id = newest.user_id
    ), written AS (
        INSERT INTO notifications_notice AS notice
               (user_id, number, kind, key, facts, url, about, copied, created)
        SELECT n.user_id, n.number, n.draft ->> 'kind', n.draft ->> 'key', n.draft -> 'facts', n.draft ->> 'url',
               (n.draft ->> 'about')::uuid, (n.draft ->> 'copied')::boolean, moment
          FROM numbered AS n ORDER BY n.user_id, n.number
        RETURNING notice.id, notice.user_id, notice.number
    )
    SELECT written.id, written.user_id, written.number, COALESCE(person.email <> '' AND person.is_active, false)
      FROM written LEFT JOIN permissions_user AS person ON person.id = written.user_id
     ORDER BY written.user_id, written.number;
END
$body$
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_notices")]

    operations = [
        migrations.RunSQL(PUT, "DROP FUNCTION notifications_put(jsonb, timestamptz)"),
    ]
