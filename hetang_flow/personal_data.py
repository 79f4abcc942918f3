"""What the system holds of one person, by the inventory in personal_data.yaml; and how their name leaves it (PIPL, articles 44 to 47)."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.apps import apps
from django.db import transaction
from django.db.models import Q

from flows.engine.models import Phrase
from flows.journal.models import EntryPersonal
from flows.journal.operations import Draft, append, record, system_chain
from flows.journal.rules import ACTOR_NAME, FORGOTTEN, ON_BEHALF_NAME
from hetang_flow.lib.errors import Invalid, NotFound, WrongState
from notifications.models import ChatAddress
from permissions.actors import SYSTEM
from permissions.models import Appointment, User

INVENTORY = Path(__file__).with_name("personal_data.yaml")
NAMELESS = "（已去名）"
WITHHELD = "（保密字段，不导出）"
BATCH = 1000


def inventory() -> dict[str, Any]:
    """The inventory as data: grounds, kept, personal, words, none."""
    read: dict[str, Any] = yaml.safe_load(INVENTORY.read_text(encoding="utf-8"))
    return read


def export_of(username: str) -> dict[str, Any]:
    """All that is held of this person, field by field with purpose, ground and how long. Raises NotFound."""
    user = _person(username)
    said = inventory()
    return {
        "person": user.username,
        "grounds": said["grounds"],
        "kept": said["kept"],
        "personal": dict(_personal_rows(user, said["personal"])),
        "words": dict(_word_rows(user, said["words"])),
    }


def _personal_rows(user: User, rows: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for label, about in rows.items():
        fields = {name: row for name, row in about.items() if name != "whose"}
        found = apps.get_model(label)._default_manager.filter(**{about["whose"]: user.pk}).order_by("pk")
        values = [
            {name: WITHHELD if fields[name].get("secret") else each[name] for name in fields}
            for each in found.values(*fields)
        ]
        if values:
            yield label, {"fields": fields, "rows": values}


def _word_rows(user: User, rows: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for label, about in rows.items():
        if about["whose"] is None:
            continue
        names = [name for name in about["fields"] if name != "data"]
        found = apps.get_model(label)._default_manager.filter(**{about["whose"]: user.pk}).order_by("pk")
        if values := list(found.values(*names)):
            yield label, values


@transaction.atomic
def forget(username: str, *, reason: str, now: datetime) -> int:
    """Take the name of a person who has left out of account, posts and record; returns how many places lost it.

    The record stays whole: an entry keeps the commitment of the name, and the removal is an entry itself. Raises
    NotFound, Invalid("reason-missing"), and WrongState("account-in-use") while the account is open or holds a post.
    """
    if not reason.strip():
        raise Invalid("reason-missing")
    user = _person(username, lock=True)
    if user.is_active or Appointment.objects.filter(user=user, until_day=None).exists():
        raise WrongState("account-in-use", {"who": user.username})
    count = _forget_in_the_record(user, now)
    count += Appointment.objects.filter(user=user).exclude(holder_name="").update(holder_name=NAMELESS)
    Phrase.objects.filter(user=user).delete()
    ChatAddress.objects.filter(user=user).delete()
    user.username, user.name, user.email = f"removed-{user.pk}", NAMELESS, ""
    user.set_unusable_password()
    user.save()
    facts = {"user": user.pk, "places": count}
    record(
        "person.forgotten",
        chain_id=system_chain(),
        by=SYSTEM,
        happened=now,
        now=now,
        facts=facts,
        personal={"reason": reason},
    )
    return count + 1


def _forget_in_the_record(user: User, now: datetime) -> int:
    theirs = Q(field=ACTOR_NAME, entry__actor=user) | Q(field=ON_BEHALF_NAME, entry__on_behalf_of=user)
    values = EntryPersonal.objects.filter(theirs).order_by("pk")
    rows = list(values.values_list("pk", "field", "entry_id", "entry__chain_id", "entry__number"))
    chain = system_chain()
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        EntryPersonal.objects.filter(pk__in=[pk for pk, *_rest in batch]).delete()
        facts = [
            {"entry": entry, "chain": chain_id, "number": number, "field": name}
            for _pk, name, entry, chain_id, number in batch
        ]
        append(chain, [Draft(FORGOTTEN, SYSTEM, now, now, each) for each in facts])
    return len(rows)


def _person(username: str, *, lock: bool = False) -> User:
    users = User.objects.select_for_update() if lock else User.objects
    found = users.filter(username=username).first()
    if found is None:
        raise NotFound("no-such-account")
    return found
