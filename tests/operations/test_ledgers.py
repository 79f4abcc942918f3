"""A ledger is kept by whom it belongs to; what was written stays, and what counts is counted anew for any day."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from flows.journal.models import Entry
from flows.ledgers.models import LedgerKind, LedgerRow
from flows.ledgers.operations import add_row, add_rows, correct_row, withdraw_row
from flows.ledgers.selectors import Filters, counted, ledger_page
from flows.ledgers.selectors_quota import quota_boards, shelves
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from permissions.models import Organisation, Post
from tests.support.keeping import VISIT, kept, visited

pytestmark = pytest.mark.django_db
REASON = "金额经核对有误"


def by(district, name="chen", now=None):
    return {"by": district.actor(name, now or district.now), "now": now or district.now}


def total(district, indicator, until=date(2023, 12, 31), known_at=None):
    found = counted(district.plan.pk, until=until, known_at=known_at or district.now + timedelta(days=900))
    return sum((c.amount for c in found.get(indicator, [])), Decimal(0))


def test_a_row_is_written_once_and_counts_at_once(district):
    row = visited(district)
    assert (row.happened_on, row.unit_id) == (date(2023, 5, 9), district.units["serving"].pk)
    assert row.values["money"] == "1200.5"
    assert (total(district, "visits"), total(district, "money")) == (1, Decimal("1200.5"))
    entry = Entry.objects.filter(chain=district.plan.chain_id).latest("pk")
    assert (entry.kind, entry.after["visited"]) == ("ledger.added", "省发展改革委")


def test_a_row_that_is_pressed_twice_is_written_once(district):
    visited(district)
    with pytest.raises(WrongState) as refused:
        visited(district)
    assert refused.value.code == "ledger-row-there-already"
    assert LedgerRow.objects.count() == 1
    visited(district, people="2")
    assert total(district, "visits") == 2


def test_a_correction_is_the_next_version(district):
    row = visited(district)
    later = district.now + timedelta(days=3)
    new = correct_row(row.row, VISIT | {"money": "900"}, version=1, reason=REASON, **by(district, now=later))
    assert (new.version, new.row) == (2, row.row)
    assert total(district, "money", known_at=district.now) == Decimal("1200.5")
    assert total(district, "money", known_at=later) == 900
    entry = Entry.objects.filter(chain=district.plan.chain_id).latest("pk")
    assert entry.before["money"] == "1200.5"
    assert "reason" not in entry.facts


def test_what_arrived_counts_from_its_own_day_even_of_a_row_older_than_the_plan(district):
    """Applied for before the plan began, arrived in May: nothing until April, everything from that day on."""
    visited(district, **{"visited-on": "2022-11-20", "granted-on": "2023-05-20", "granted": "70"})
    assert total(district, "granted", until=date(2023, 5, 19)) == 0
    assert total(district, "granted", until=date(2023, 5, 20)) == 70
    assert total(district, "visits") == 0


def test_the_same_again_is_no_correction(district):
    row = visited(district)
    assert correct_row(row.row, VISIT, version=1, reason=REASON, **by(district)).version == 1


def test_a_withdrawn_row_counts_no_more_and_stays(district):
    row = visited(district)
    withdraw_row(row.row, version=1, reason=REASON, **by(district))
    assert total(district, "visits") == 0
    assert LedgerRow.objects.filter(row=row.row).count() == 2
    with pytest.raises(WrongState) as refused:
        withdraw_row(row.row, version=2, reason=REASON, **by(district))
    assert refused.value.code == "ledger-row-withdrawn"


def test_a_correction_of_something_older_names_who_was_faster(district):
    row = visited(district)
    correct_row(row.row, VISIT | {"money": "900"}, version=1, reason=REASON, **by(district))
    with pytest.raises(WrongState) as refused:
        correct_row(row.row, VISIT | {"money": "1"}, version=1, reason=REASON, **by(district, "bai"))
    assert refused.value.code == "ledger-row-changed"
    assert refused.value.facts["who"] == district.users["chen"].name


def test_a_correction_says_why(district):
    row = visited(district)
    with pytest.raises(Invalid):
        correct_row(row.row, VISIT | {"money": "900"}, version=1, reason="错", **by(district))
    assert LedgerRow.objects.count() == 1


@pytest.mark.parametrize("who", ["lin", "zhao", "gao", "wang"])
def test_nobody_else_keeps_it(district, who):
    kept(district)
    with pytest.raises(NotAllowed):
        visited(district, by=who)
    assert not LedgerRow.objects.exists()


def test_another_unit_that_keeps_it_too_leaves_the_row_alone(district):
    row = visited(district)
    LedgerKind.objects.update(owners=[])
    with pytest.raises(NotAllowed) as refused:
        withdraw_row(row.row, version=1, reason=REASON, **by(district, "luo"))
    assert refused.value.code == "ledger-row-of-another-unit"


def test_a_demonstration_account_leaves_real_rows_alone(district):
    values = {"visited": "省财政厅", "visited-on": "2023-05-09", "head": True}
    real = LedgerRow.objects.create(
        kind=kept(district), unit=district.units["serving"], happened_on=date(2023, 5, 9), values=values,
        recorded=district.now, recorded_by=district.users["chen"],
    )  # fmt: skip
    with pytest.raises(NotAllowed) as refused:
        withdraw_row(real.row, version=1, reason=REASON, **by(district))
    assert refused.value.code == "demonstration-only"


def test_a_wrong_row_leaves_nothing_and_names_every_cell(district):
    with pytest.raises(Invalid) as refused:
        visited(district, money="许多", head="也许")
    assert [cell.facts["field"] for cell in refused.value.facts["cells"]] == ["head", "money"]
    assert not LedgerRow.objects.exists()
    with pytest.raises(NotFound):
        add_row("no-such", VISIT, **by(district))


def test_many_rows_come_in_together_with_one_entry(district):
    kind = kept(district)
    rows = [{"visited": f"单位{n}", "visited-on": "2023-05-09", "head": True} for n in range(30)]
    before = Entry.objects.count()
    assert add_rows(kind.code, rows, sha256="0" * 64, **by(district)) == 30
    assert Entry.objects.count() == before + 1
    assert total(district, "visits") == 30


def test_changed_columns_leave_old_rows_as_they_are(district):
    row = visited(district)
    kind = kept(district)
    LedgerKind.objects.create(
        plan=kind.plan, code=kind.code, version=2, name=kind.name, owners=kind.owners, columns=kind.columns[:3],
        day=kind.day, counts=[{"indicator": "visits"}], order=0, clause=kind.clause,
    )  # fmt: skip
    assert (total(district, "visits"), total(district, "money")) == (1, Decimal("1200.5"))
    new = correct_row(row.row, VISIT, version=1, reason=REASON, **by(district))
    assert new.kind.version == 2
    assert "money" not in new.values


def test_the_database_keeps_every_version(district):
    row = visited(district)
    with pytest.raises(Exception, match="append_only|Cannot update"), transaction.atomic():
        LedgerRow.objects.filter(pk=row.pk).update(withdrawn=True)
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_any_count_is_what_its_rows_say(district, django_assert_num_queries):
    """Rows, corrections and withdrawals drawn by lot, counted as of many days and moments, against plain counting."""
    lot = random.Random(7)
    kept(district)
    said: list[tuple[datetime, object, dict | None]] = []
    now, rows = datetime(2024, 1, 2, tzinfo=UTC), []
    for _ in range(60):
        now += timedelta(hours=lot.randint(1, 30))
        typed = {
            "visited-on": f"2023-{lot.randint(1, 12):02d}-{lot.randint(1, 28):02d}",
            "head": lot.choice("是否"), "kind": lot.choice(["专项债", "其他"]), "money": str(lot.randint(0, 999)),
        }  # fmt: skip
        if lot.random() < 0.5:
            later = date.fromisoformat(typed["visited-on"]) + timedelta(days=lot.randint(0, 60))
            typed |= {
                "granted-on": min(later, date(2023, 12, 31)).isoformat(),
                "granted": str(lot.randint(0, 99)),
            }
        act = lot.random()
        if act < 0.6 or not rows:
            row = visited(district, now=now, **typed)
            rows.append(row)
        else:
            row = rows.pop(lot.randrange(len(rows)))
            words = {"version": row.version, "reason": REASON, **by(district, now=now)}
            if act < 0.85:
                row = correct_row(row.row, VISIT | typed, **words)
                rows.append(row)
            else:
                row = withdraw_row(row.row, **words)
        said.append((now, row.row, None if row.withdrawn else row.values))
    for _ in range(30):
        until = date(2023, 1, 1) + timedelta(days=lot.randint(0, 364))
        known_at = datetime(2024, 1, 2, tzinfo=UTC) + timedelta(hours=lot.randint(0, 900))
        standing = {key: values for when, key, values in said if when <= known_at}
        left = [v for v in standing.values() if v and date.fromisoformat(v["visited-on"]) <= until]
        with django_assert_num_queries(1):
            found = counted(district.plan.pk, until=until, known_at=known_at)
        assert len(found.get("visits", [])) == sum(v["head"] for v in left)
        arrived = [v for v in standing.values() if v and "granted-on" in v]
        granted = sum(Decimal(v["granted"]) for v in arrived if date.fromisoformat(v["granted-on"]) <= until)
        assert sum((c.amount for c in found.get("granted", [])), Decimal(0)) == granted
        bonds = sum((Decimal(v["money"]) for v in left if v["kind"] == "专项债"), Decimal(0))
        assert sum((c.amount for c in found.get("bonds", [])), Decimal(0)) == bonds


# --- what the pages read ---


def page_of(district, name="chen", **query):
    return ledger_page(kept(district).code, district.actor(name), district.now, Filters.read(query))


def quarter_state(district, name, on=None):
    kind, plan = kept(district), district.plan
    day = on or date(2023, 6, 1)
    board = quota_boards(plan, [kind], until=day, known_at=district.now)[kind.code]
    (owed,) = [owed for owed in board.units if owed.unit == district.units[name]]
    return [(done, state) for _number, done, state in owed.quarters], board.met


def test_a_quota_counts_only_what_the_notice_asks_for(district):
    """Two visits a quarter led by the head: one that was not led counts for nothing, and each quarter for itself."""
    visited(district)
    visited(district, **{"visited-on": "2023-05-12", "head": "否"})
    assert quarter_state(district, "serving")[0] == [
        (0, "missed"),
        (1, "pressing"),
        (0, "ahead"),
        (0, "ahead"),
    ]
    visited(district, **{"visited-on": "2023-05-12", "people": "4"})
    states, met = quarter_state(district, "serving")
    assert (states[1], met) == ((2, "met"), 1)
    assert quarter_state(district, "leading")[0][1] == (0, "pressing")
    assert quarter_state(district, "serving", on=date(2023, 5, 10))[0][1] == (1, "open"), "as of a day"


def test_everybody_sees_their_own_quota_and_who_owes_none_sees_how_many_did_it(district):
    visited(district)
    visited(district, people="3")
    (own,) = shelves(district.actor("chen"), district.now)
    assert own.mine == (2, "met")
    (other,) = shelves(district.actor("gao"), district.now)
    assert (other.mine, other.board.met, len(other.board.units)) == (None, 1, 2)


def test_an_owners_contact_and_the_screening_institute_read_and_keep_no_ledger(district):
    LedgerKind.objects.filter(pk=kept(district).pk).update(owners=[])
    visited(district, by="luo")
    for post in ("lin", "luo"):
        Post.objects.filter(pk=district.posts[post].pk).update(duty="contact")
    assert shelves(district.actor("luo"), district.now) == []
    for read in (lambda: page_of(district, "luo"), lambda: visited(district, by="luo", people="7")):
        with pytest.raises((NotFound, NotAllowed)):
            read()
    Post.objects.filter(pk=district.posts["wang"].pk).update(organisation=institute())
    assert shelves(district.actor("wang"), district.now) == []
    with pytest.raises(NotAllowed):
        visited(district, by="wang", people="8")


def institute():
    kind = Organisation.Kind.COMPANY
    return Organisation.objects.create(code="screening-institute", name="策划咨询分院", kind=kind)


def test_a_withdrawn_visit_counts_for_no_quota(district):
    row = visited(district)
    withdraw_row(row.row, version=1, reason=REASON, **by(district))
    assert quarter_state(district, "serving")[0][1] == (0, "pressing")


def test_a_ledger_reads_as_of_a_day_as_known_then_or_today(district):
    row = visited(district)
    later = district.now + timedelta(days=3)
    correct_row(row.row, VISIT | {"money": "900"}, version=1, reason=REASON, **by(district, now=later))

    def money(**query):
        page = ledger_page(kept(district).code, district.actor("chen"), later, Filters.read(query))
        return [row.values["money"] for row, _cells, _stage in page.rows]

    assert money() == ["900"]
    assert money(on="2023-06-01") == ["900"]
    assert money(on="2023-06-01", then="1") == ["1200.5"]
    assert money(on="2023-05-08") == []
    assert money(on="nonsense", then="1") == ["900"]


def test_stages_are_counted_added_up_and_looked_for(district):
    visited(district)
    visited(district, **{"people": "1", "granted-on": "2023-05-20", "granted": "70.5"})
    visited(district, **{"people": "2", "granted-on": "2023-05-21", "granted": "30"})
    page = page_of(district)
    assert [(s.name, s.rows, s.amount, s.unit) for s in page.stages] == [
        ("走访", 3, None, ""), ("到位", 2, Decimal("100.50"), "万元")
    ]  # fmt: skip
    assert sorted(stage for _row, _cells, stage in page.rows) == ["到位", "到位", "走访"]
    assert page_of(district, stage="走访").count == 1
    assert page_of(district, stage="到位").count == 2
    assert page_of(district, stage="没有的").count == 3


def test_rows_are_found_by_what_they_say_not_by_how_it_is_kept(district):
    visited(district)
    assert page_of(district, q="发展改革").count == 1
    assert page_of(district, q=district.units["serving"].name).count == 1
    assert page_of(district, q="visited-on").count == 0
    assert page_of(district, quarter="1").count == 0
    assert page_of(district, mine="1").count == 1
    assert page_of(district, "zhao", mine="1").count == 0


def test_addresses_say_what_is_shown_and_nonsense_is_left_out():
    whole = {"q": "路", "quarter": "2", "stage": "到位", "on": "2023-05-01", "then": "1", "mine": "1"}
    assert Filters.read(whole).parts == whole
    assert Filters.read({"quarter": "9", "after": "-1", "on": "x", "then": "1", "q": "\x00"}).parts == {}
