"""The one door also says how each person told can be reached outside the house, in the same statement."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# As in 0003, with the column `confidential` and with what the rules need to know of a person who has an address.
PUT = """
CREATE FUNCTION notifications_put(drafts jsonb, moment timestamptz)
RETURNS TABLE (notice_id bigint, user_id bigint, number integer, kind text, reach text)
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
         WHERE (SELECT count(*) FROM notifications_notice AS old
                 WHERE old.user_id = recipient::bigint AND old.key = draft ->> 'key') = 0
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
               (user_id, number, kind, key, facts, url, about, copied, confidential, created)
        SELECT n.user_id, n.number, n.draft ->> 'kind', n.draft ->> 'key', n.draft -> 'facts', n.draft ->> 'url',
               (n.draft ->> 'about')::uuid, (n.draft ->> 'copied')::boolean, (n.draft ->> 'confidential')::boolean,
               moment
          FROM numbered AS n ORDER BY n.user_id, n.number
        RETURNING notice.id, notice.user_id, notice.number, notice.kind
    ), reached AS (
        -- 3. Once a person, not once a notice: addresses and wishes.
        SELECT person.id AS user_id,
               jsonb_build_object('mail', person.email <> '', 'bot', address.bot,
                                  'wishes', to_jsonb(wishes) - 'user_id' - 'saved_at')::text AS reach
          FROM (SELECT DISTINCT written.user_id FROM written) AS someone
          JOIN permissions_user AS person ON person.id = someone.user_id AND person.is_active
          LEFT JOIN notifications_preference AS wishes ON wishes.user_id = person.id
          LEFT JOIN notifications_chataddress AS address ON address.user_id = person.id
         WHERE person.email <> '' OR address.user_id IS NOT NULL
    )
    SELECT written.id, written.user_id, written.number, written.kind::text, reached.reach
      FROM written LEFT JOIN reached ON reached.user_id = written.user_id
     ORDER BY written.user_id, written.number;
END
$body$
"""

# What 0003 made, for whoever goes back: the tables of the third part are gone then.
BEFORE = (
    PUT[: PUT.index("    ), reached AS (")]
    .replace("kind text, reach text)", "has_mail boolean)")
    .replace("copied, confidential, created)", "copied, created)")
    .replace(", (n.draft ->> 'confidential')::boolean,", ",")
    + """    )
    SELECT written.id, written.user_id, written.number, COALESCE(person.email <> '' AND person.is_active, false)
      FROM written LEFT JOIN permissions_user AS person ON person.id = written.user_id
     ORDER BY written.user_id, written.number;
END
$body$
"""
)


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0005_whose_deliveries"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="delivery",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(
            ["DROP FUNCTION notifications_put(jsonb, timestamptz)", PUT],
            ["DROP FUNCTION notifications_put(jsonb, timestamptz)", BEFORE],
        ),
    ]
