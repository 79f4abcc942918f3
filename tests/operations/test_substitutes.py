"""Who may act for whom at a moment, as every list and every decision reads it."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from flows.engine.resolvers import signers_where
from permissions.models import Appointment, Post, Substitution
from permissions.selectors import acts_for, holds_post, substitutes_of
from tests.support import cast
from tests.support.apart import together

TODAY = date(2023, 6, 1)


def stands_in(district, substitute, post, begins=0, days=7, **values):
    """A substitution as it lies in the table."""
    columns = {
        "post": district.posts[post],
        "substitute": district.posts[substitute],
        "from_day": TODAY + timedelta(begins),
        "until_day": TODAY + timedelta(begins + days),
        "reason": "出差",
        "made_by": district.users[post],
        "made": cast.NOW,
    }
    return Substitution.objects.create(**columns | values)


def standing_in(district, name, at=None):
    """The names of those this person acts for, by the post's last word."""
    return {post.name.split()[-1] for post in district.actor(name, at).standing_in}


def asked(district, name, annotation, at=cast.NOW):
    """The posts for which an annotation holds, by the same word."""
    rows = Post.objects.annotate(yes=annotation(district.users[name].pk, "pk", at=at)).filter(yes=True)
    return {post.name.split()[-1] for post in rows}


def test_for_its_days_the_substitute_acts_for_the_post_and_the_holder_still_does(district):
    stands_in(district, "luo", "lin")
    assert standing_in(district, "luo") == {"lin"} == asked(district, "luo", acts_for)
    luo, lin = district.actor("luo"), district.actor("lin")
    assert luo.reach == {district.posts["luo"].pk, district.posts["lin"].pk}
    assert luo.for_post(district.posts["lin"].pk).capacity == "leading officer luo"
    assert lin.post_ids == lin.reach == {district.posts["lin"].pk}
    assert asked(district, "luo", holds_post) == {"luo"}
    assert standing_in(district, "wang") == set() == asked(district, "wang", acts_for)


def test_it_begins_on_its_first_day_and_is_over_on_its_last(district):
    stands_in(district, "luo", "lin", begins=1, days=2)
    found = [standing_in(district, "luo", cast.NOW + timedelta(days)) for days in range(5)]
    assert found == [set(), {"lin"}, {"lin"}, set(), set()]


def test_ended_early_it_is_over_at_once(district):
    stands_in(district, "luo", "lin", ended=cast.NOW, ended_by=district.users["lin"])
    assert standing_in(district, "luo", cast.NOW - timedelta(hours=1)) == {"lin"}
    assert standing_in(district, "luo") == set() == asked(district, "luo", acts_for)


def test_whoever_stands_in_for_the_substitute_acts_for_both_and_no_further(district):
    stands_in(district, "luo", "lin")
    stands_in(district, "bai", "luo")
    stands_in(district, "ke", "bai")  # the rules refuse a third hop; the reading is bounded as well
    assert standing_in(district, "bai") == {"luo", "lin"} == asked(district, "bai", acts_for)
    assert standing_in(district, "ke") == {"bai", "luo"} == asked(district, "ke", acts_for)
    bai, posts = district.actor("bai"), district.posts
    assert {bai.for_post(posts[name].pk).acting.id for name in ("luo", "lin")} == {posts["bai"].pk}
    found = substitutes_of([posts["lin"].pk, posts["bai"].pk, posts["zhao"].pk], at=cast.NOW)
    users = district.users
    assert found == {posts["lin"].pk: [users["bai"].pk, users["luo"].pk], posts["bai"].pk: [users["ke"].pk]}


def test_who_loses_the_post_no_longer_stands_in(district):
    stands_in(district, "luo", "lin")
    Appointment.objects.filter(post=district.posts["luo"]).update(until_day=TODAY)
    Appointment.objects.create(post=district.posts["luo"], user=district.users["wang"], from_day=TODAY)
    assert standing_in(district, "luo") == set()
    assert standing_in(district, "wang") == {"lin"}


def test_an_administrator_stands_in_for_nobody(district):
    stands_in(district, "luo", "lin")
    with together():
        type(district.users["luo"]).objects.filter(pk=district.users["luo"].pk).update(administrator="audit")
    assert standing_in(district, "luo") == set() == asked(district, "luo", acts_for)
    assert substitutes_of([district.posts["lin"].pk], at=cast.NOW) == {}


def test_a_secretary_prepares_for_the_post_served(district):
    secretary = Post.objects.create(
        code="secretary", organisation=district.units["stranger"], name="秘书岗", duty="secretary",
        serves=district.posts["zhao"],
    )  # fmt: skip
    Appointment.objects.create(post=secretary, user=district.users["wang"], from_day=TODAY)
    wang = district.actor("wang")
    assert wang.prepares_for == {district.posts["zhao"].pk}
    assert district.posts["zhao"].pk not in wang.reach
    assert district.actor("luo").prepares_for == frozenset()


def test_an_actor_costs_one_statement_however_many_stand_in(district):
    stands_in(district, "luo", "lin")
    stands_in(district, "bai", "luo")
    with CaptureQueriesContext(connection) as seen:
        district.actor("bai")
    assert len(seen.captured_queries) == 1


def test_a_signer_knows_who_stands_in_and_both_are_told(district):
    stands_in(district, "luo", "lin")
    users = district.users
    with CaptureQueriesContext(connection) as seen:
        (signer,) = signers_where(Q(pk=district.posts["lin"].pk), at=cast.NOW)
    assert len(seen.captured_queries) == 1
    assert (signer.holders, signer.substitutes) == ((users["lin"].pk,), (users["luo"].pk,))
    assert set(signer.told) == {users["lin"].pk, users["luo"].pk}
    assert signer.answers == (users["lin"].pk,)


def test_nobody_signs_for_a_holder_who_must_not(district):
    stands_in(district, "luo", "lin")
    users = district.users
    (signer,) = signers_where(Q(pk=district.posts["lin"].pk), at=cast.NOW)
    assert signer.answers == (users["lin"].pk,), "the substitute does not answer for a holder who is barred"
    Appointment.objects.filter(post=district.posts["lin"]).update(until_day=TODAY)
    (vacant,) = signers_where(Q(pk=district.posts["lin"].pk), at=cast.NOW)
    assert vacant.answers == (users["luo"].pk,), "whoever stands in for an empty post answers for it"


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"days": 0}, "substitution_ends_after_it_begins"),
        ({"days": 93}, "substitution_of_at_most_92_days"),
        ({"substitute": "lin"}, "substitute_is_another_post"),
    ],
)
def test_the_database_refuses_what_the_rules_refuse(district, values, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        stands_in(district, **{"substitute": "luo", "post": "lin"} | values)
    stands_in(district, "luo", "lin", days=92)


def test_the_database_refuses_two_substitutes_on_one_day(district):
    first = stands_in(district, "luo", "lin")
    stands_in(district, "bai", "lin", begins=7)
    with pytest.raises(IntegrityError, match="one_substitute_a_day"), transaction.atomic():
        stands_in(district, "bai", "lin", begins=6, days=1)
    Substitution.objects.filter(pk=first.pk).update(ended=cast.NOW, ended_by=district.users["lin"])
    stands_in(district, "bai", "lin", days=7)
