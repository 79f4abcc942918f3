"""Personal data: every field is in the inventory, a person gets what is held of them, and a name can leave without a trace in the chain."""

import json
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, models, transaction

from flows.engine import operations as engine
from flows.engine.models import Assignment
from flows.journal.models import Entry, EntryPersonal
from flows.journal.selectors import verify
from hetang_flow.keeping import remove_old
from hetang_flow.lib import clock
from hetang_flow.lib.errors import Invalid, WrongState
from hetang_flow.personal_data import NAMELESS, WITHHELD, export_of, forget, inventory
from permissions.models import Access, Appointment

pytestmark = pytest.mark.django_db
TEXTS = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.GenericIPAddressField,
    models.FileField,
    models.BinaryField,
)
OURS = ("flows", "permissions", "notifications", "hetang_flow")


def held() -> dict[str, set[str]]:
    """Every field of ours that can hold a text which no list of choices limits."""
    found = {}
    for model in apps.get_models():
        if model.__module__.split(".")[0] in OURS:
            names = {f.name for f in model._meta.local_fields if isinstance(f, TEXTS) and not f.choices}
            if names:
                found[model._meta.label] = names
    return found


def listed() -> dict[str, list[str]]:
    """The same fields as the inventory names them, wherever they stand there."""
    said, found = inventory(), {}
    for label, about in said["personal"].items():
        found.setdefault(label, []).extend(name for name in about if name != "whose")
    for label, about in said["words"].items():
        found.setdefault(label, []).extend(about["fields"])
    for label, names in said["none"].items():
        found.setdefault(label, []).extend(names)
    return found


def test_a4_28_every_field_that_holds_text_stands_once_in_the_inventory():
    names = listed()
    assert {label: sorted(row) for label, row in names.items()} == {
        label: sorted(row) for label, row in held().items()
    }, "Say in hetang_flow/personal_data.yaml what the field holds, why, on which ground and how long."


def test_a4_28_each_personal_field_has_purpose_ground_and_time():
    said = inventory()
    for label, about in said["personal"].items():
        for name, row in about.items():
            if name != "whose":
                assert row["purpose"], (label, name)
                assert row["ground"] in said["grounds"], (label, name)
                assert row["kept"] in said["kept"], (label, name)


def signed(district):
    """A step that lin has approved with words of their own."""
    run = district.submitted().run
    engine.approve(
        run.public_id,
        district.share(run, "lin").pk,
        by=district.actor("lin"),
        now=district.now,
        opinion="情况属实。",
    )
    return district.users["lin"]


def test_a4_28_a_person_gets_what_is_held_of_them_and_nothing_of_others(district):
    user = signed(district)
    data = json.loads(json.dumps(export_of(user.username), default=str))
    (account,) = data["personal"]["permissions.User"]["rows"]
    assert account["name"] == user.name
    assert account["password"] == WITHHELD
    assert data["personal"]["engine.Assignment"]["rows"] == [{"opinion": "情况属实。"}]
    names = {other.name for other in district.users.values() if other.pk != user.pk}
    record = {row["value"] for row in data["personal"]["journal.EntryPersonal"]["rows"]}
    assert user.name in record
    assert not record & names


def test_a4_28_the_name_of_somebody_who_left_leaves_and_the_record_stays_whole(district):
    user = signed(district)
    name, now = user.name, district.now
    with pytest.raises(WrongState, match="account-in-use"):
        forget(user.username, reason="本人调离并申请删除", now=now)
    Appointment.objects.filter(user=user).update(until_day=now.date())
    user.is_active = False
    user.save()
    with pytest.raises(Invalid, match="reason-missing"):
        forget(user.username, reason=" ", now=now)
    assert EntryPersonal.objects.filter(value=name).exists()
    forget(user.username, reason="本人调离并申请删除", now=now)
    user.refresh_from_db()
    assert (user.name, user.email, user.username) == (NAMELESS, "", f"removed-{user.pk}")
    assert not EntryPersonal.objects.filter(value=name).exists()
    assert Assignment.objects.filter(decided_by=user).exists(), "what was decided stays"
    assert verify()


def test_the_command_hands_out_a_file_for_its_owner_alone(district, tmp_path):
    user, file = signed(district), tmp_path / "data.json"
    call_command("personal_data", user.username, file=file)
    assert file.stat().st_mode & 0o077 == 0
    assert json.loads(file.read_text())["person"] == user.username
    with pytest.raises(CommandError):
        call_command("personal_data", "nobody-here")


# --- how long ---


def row(days: int) -> Access:
    return Access.objects.create(at=clock.now() - timedelta(days=days), method="GET", target="x", status=200)


def test_a4_35_old_rows_of_the_access_log_go_and_the_record_counts_them(settings):
    old, young = row(settings.ACCESS_LOG_DAYS + 1), row(settings.ACCESS_LOG_DAYS - 1)
    Session.objects.create(session_key="gone", expire_date=clock.now() - timedelta(days=1))
    assert remove_old(now=clock.now()) == {"access": 1, "sessions": 1}
    assert list(Access.objects.values_list("pk", flat=True)) == [young.pk]
    assert old.pk != young.pk
    assert Entry.objects.get(kind="access.removed").facts["count"] == 1
    assert remove_old(now=clock.now()) == {"access": 0, "sessions": 0}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE permissions_access SET status = 200",
        "DELETE FROM permissions_access",
        "TRUNCATE permissions_access",
    ],
)
def test_a4_31_the_database_refuses_to_change_the_access_log_before_its_time(statement):
    row(182)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with (
        pytest.raises(IntegrityError, match="access log"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert Access.objects.count() == 1
