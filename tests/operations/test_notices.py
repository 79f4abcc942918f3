"""Being told: one row and one number for each person, with the operation or not at all."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from procrastinate.contrib.django.models import ProcrastinateJob

from notifications import catalogue, delivery, hints, notices, operations, selectors
from notifications.models import Delivery, Notice
from permissions.actors import Actor
from permissions.models import User

NOW = datetime(2023, 6, 1, 1, 30, tzinfo=UTC)
FACTS = {"title": "演示·刀具产业园", "label": "履约核验"}


def person(name, email=""):
    return User.objects.create(username=name, name=name.title(), email=email, is_demo=True)


def tell(*people, key, kind="step.todo", **more):
    more.setdefault("facts", FACTS)
    return notices.put(kind, key=key, to=[p.pk for p in people], now=NOW, **more)


def numbers(user):
    return sorted(Notice.objects.filter(user=user).values_list("number", flat=True))


@pytest.fixture
def lin(db):
    return person("lin")


@pytest.fixture
def zhao(db):
    return person("zhao")


@pytest.fixture
def sent_hints(monkeypatch):
    """What would have been said to open pages."""
    sent = []
    monkeypatch.setattr(hints, "send", sent.append)
    return sent


def test_everybody_counts_for_themselves(lin, zhao):
    tell(lin, key="a")
    written = tell(lin, zhao, key="b", url="/sheet/1/")
    assert [(row.user_id, row.number, row.reach) for row in written] == [
        (lin.pk, 2, None),
        (zhao.pk, 1, None),
    ]
    assert (selectors.upto(lin), selectors.upto(zhao)) == (2, 1)
    assert Notice.objects.get(user=zhao).url == "/sheet/1/"


def test_several_notices_of_one_operation_are_numbered_in_their_order(lin, zhao):
    about = uuid4()
    drafts = [
        notices.Draft("step.returned", "r", [zhao.pk, lin.pk], FACTS, about=about),
        notices.Draft("run.copied", "c", [lin.pk, lin.pk], FACTS, copied=True),
        notices.Draft("run.completed", "d", [lin.pk], FACTS),
    ]
    notices.put_many(drafts, now=NOW)
    told = Notice.objects.filter(user=lin).order_by("number")
    assert [(n.number, n.kind, n.copied) for n in told] == [
        (1, "step.returned", False),
        (2, "run.copied", True),
        (3, "run.completed", False),
    ]
    assert told[0].about == about


def test_the_same_key_is_told_once_and_leaves_no_hole(lin, zhao):
    tell(lin, key="a")
    assert [(row.user_id, row.number) for row in tell(lin, zhao, key="a")] == [(zhao.pk, 1)]
    drafts = [notices.Draft("step.todo", "b", [lin.pk], FACTS) for _ in range(3)]
    assert len(notices.put_many(drafts, now=NOW)) == 1
    tell(lin, key="c")
    assert numbers(lin) == [1, 2, 3]


def test_one_operation_costs_one_statement(lin, zhao, django_assert_num_queries):
    with django_assert_num_queries(1):
        tell(lin, zhao, key="a")
    with django_assert_num_queries(0):
        notices.put_many([], now=NOW)
    with django_assert_num_queries(0):
        tell(key="nobody")


def test_a_person_with_an_address_costs_two_more_and_gets_one_job(lin, django_assert_num_queries):
    mailed = [person("qian", "qian@example.test"), person("ma", "ma@example.test")]
    with django_assert_num_queries(3):
        tell(lin, *mailed, key="a")
    job = ProcrastinateJob.objects.get(task_name=delivery.JOB)
    assert Delivery.objects.count() == 2
    assert sorted(job.args["delivery_ids"]) == sorted(Delivery.objects.values_list("pk", flat=True))


def test_nobody_with_an_address_means_no_job(lin):
    closed = person("old", "old@example.test")
    User.objects.filter(pk=closed.pk).update(is_active=False)
    tell(lin, closed, key="a")
    assert not Delivery.objects.exists()
    assert not ProcrastinateJob.objects.exists()


def test_a_kind_nobody_knows_is_refused(lin):
    with pytest.raises(ValueError, match=r"step\.tood"):
        tell(lin, key="a", kind="step.tood")


def test_a_sentence_with_a_hole_is_refused(lin):
    with pytest.raises(ValueError, match="title"):
        tell(lin, key="a", facts={"label": "核验"})


@pytest.mark.parametrize("key", ["", "k" * 121])
def test_a_key_that_cannot_be_stored_is_refused(lin, key):
    with pytest.raises(ValueError, match="key"):
        tell(lin, key=key)


def test_opinions_are_not_copied_into_notices(lin):
    tell(lin, key="a", facts=FACTS | {"reason": "材料不实", "who": "区领导"})
    assert Notice.objects.get().facts == FACTS | {"who": "区领导"}


def test_the_sentence_is_told_in_the_readers_language(lin):
    tell(lin, key="a", facts=FACTS | {"label": "Verify"})
    with translation.override("en"):
        assert Notice.objects.get().title == "New task: Verify, 演示·刀具产业园"
    assert Notice.objects.get().urgency == "high"


def test_an_old_row_of_a_kind_that_is_gone_can_still_be_listed(lin):
    tell(lin, key="a")
    Notice.objects.update(kind="gone")
    with translation.override("en"):
        assert Notice.objects.get().title == "Notice"
    Notice.objects.update(kind="step.todo", facts={})
    assert "—" in Notice.objects.get().title


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("kind", catalogue.KINDS)
def test_every_kind_has_its_sentence(kind, language):
    needs = catalogue.KINDS[kind].needs
    with translation.override(language):
        sentence = catalogue.title(kind, {name: f"<{name}>" for name in needs})
    assert all(f"<{name}>" in sentence for name in needs)


def test_the_hint_goes_out_after_the_commit_with_the_newest_number(
    lin, zhao, sent_hints, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        tell(lin, key="a")
        tell(lin, zhao, key="b")
        assert sent_hints == []
    assert sent_hints == [{lin.pk: 1}, {lin.pk: 2, zhao.pk: 1}]


def test_what_is_taken_back_was_never_told(lin, sent_hints, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        tell(lin, key="a")
        with pytest.raises(RuntimeError), transaction.atomic():
            tell(lin, person("qian", "qian@example.test"), key="b")
            raise RuntimeError
    assert sent_hints == [{lin.pk: 1}]
    assert numbers(lin) == [1]
    assert not Delivery.objects.exists()
    assert not ProcrastinateJob.objects.exists()
    tell(lin, key="c")
    assert numbers(lin) == [1, 2]


# --- reading ---


def reader(user):
    return Actor(user_id=user.pk, name=user.name)


def test_the_badge_counts_what_is_unread_in_one_statement(lin, zhao, django_assert_num_queries):
    tell(lin, key="a")
    tell(lin, key="b", kind="run.copied", copied=True)
    tell(zhao, key="c")
    with django_assert_num_queries(1):
        assert selectors.badge(lin) == selectors.Badge(upto=2, unread=2, copied=1)
    assert selectors.badge(person("new")) == selectors.Badge(0, 0, 0)
    assert selectors.unread_count(lin) == 2


def test_the_list_shows_the_newest_first_and_only_ones_own(lin, zhao):
    for key in "abc":
        tell(lin, key=key)
    tell(zhao, key="z")
    assert [n.key for n in selectors.notices_for(lin)] == ["c", "b", "a"]
    assert [n.key for n in selectors.notices_for(lin, after=1, limit=1)] == ["c"]


def test_reading_marks_ones_own_and_nobody_elses(lin, zhao, django_assert_num_queries):
    tell(lin, zhao, key="a")
    tell(lin, zhao, key="b", kind="run.copied", copied=True)
    everything = list(Notice.objects.values_list("pk", flat=True))
    with django_assert_num_queries(1):
        assert operations.mark_read(everything, by=reader(lin), now=NOW) == 2
    assert operations.mark_read(everything, by=reader(lin), now=NOW) == 0
    assert (selectors.unread_count(lin), selectors.unread_count(zhao)) == (0, 2)
    assert [n.key for n in selectors.copied_to(lin, read=True)] == ["b"]
    assert not selectors.copied_to(lin, read=False).exists()
    assert selectors.copied_to(zhao, read=False).count() == selectors.copied_to(zhao).count() == 1


def test_reading_all_stops_at_what_was_on_the_screen(lin):
    for key in "abc":
        tell(lin, key=key)
    assert operations.mark_all_read(by=reader(lin), now=NOW, upto=2) == 2
    assert operations.mark_all_read(by=reader(lin), now=NOW) == 1


def test_opening_a_run_reads_what_was_told_about_it(lin):
    about = uuid4()
    tell(lin, key="a", about=about)
    tell(lin, key="b", about=uuid4())
    assert operations.mark_about_read(about, by=reader(lin), now=NOW) == 1
    assert selectors.unread_count(lin) == 1


def test_a_list_of_ten_thousand_is_read_through_its_index(lin):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO notifications_notice (user_id, number, kind, key, facts, url, copied, created, read_at)"
            " SELECT %s, n, 'step.todo', n::text, %s, '', false, now(), now() FROM generate_series(1, 10000) n",
            [lin.pk, json.dumps(FACTS)],
        )
        cursor.execute("ANALYZE notifications_notice")
    with CaptureQueriesContext(connection) as captured:
        assert len(selectors.notices_for(lin)) == 50
    assert len(captured) == 1
    assert "Index Scan" in selectors.notices_for(lin).explain()
    assert "notice_unread" in Notice.objects.filter(user=lin, read_at=None).order_by().explain()
