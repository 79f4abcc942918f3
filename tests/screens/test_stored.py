"""What people type stays text, wherever it is shown; and a form sets nothing but its own fields."""

import re
from html.parser import HTMLParser

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import F, Value
from django.db.models.functions import Cast, Concat
from django.template import engines
from django.urls import reverse

from permissions.models import User
from tests.operations.test_personal_data import held
from tests.screens.matrix import ROLES
from tests.screens.test_matrix import ask, cells, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db

ROOT = "\"'><i onclick=hf()>"
# Not shown but compared, matched or looked up: what these hold comes from the code, never from a form.
KEYS = frozenset(
    """code kind key target method refusal status public_id sha256 stored_as content_type hash head digest algorithm
    flow_class flow_task flow_task_type token outcome waits_for username password address path resolver duty
    owed_by owed_to cadence roll indicator figure unit_kind criterion unit_kind quota_line day source_key group_mode
    to_node field salt sealed url word unit owners ower rule investor_kind chain_name colour stage part resume label
    """.split()
)
UNIQUE_BY_KEY = Concat(Value(ROOT), Cast(F("pk"), models.TextField()))


class Reader(HTMLParser):
    """Notes everything in a page that a browser would run, though no template of ours says so."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        """A handler on any tag, or an address that is a program."""
        for name, value in attrs:
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.found.append(f"<{tag} {name}={value!r}>")


def poisoned() -> int:
    """Put the text into every field that holds words; only the owner of the tables can do so past the record's triggers."""
    done = 0
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for label, names in held().items():
            model = apps.get_model(label)
            fields = [model._meta.get_field(name) for name in sorted(names - KEYS)]
            fields = [f for f in fields if isinstance(f, models.CharField | models.TextField)]
            if not fields:
                continue
            cursor.execute(f"ALTER TABLE {model._meta.db_table} DISABLE TRIGGER USER")
            for field in fields:
                if field.max_length and field.max_length < len(ROOT) + 6:
                    continue
                rows = model._base_manager.exclude(**{field.name: ""})
                done += rows.update(**{field.name: UNIQUE_BY_KEY})
            cursor.execute(f"ALTER TABLE {model._meta.db_table} ENABLE TRIGGER USER")
    return done


def runs(world, roles) -> tuple[list[str], int, int]:
    """What a browser would run on the pages of these people, how many pages were read, how many show the text."""
    wrong, read, shown = [], 0, 0
    with transaction.atomic():
        assert poisoned() > 300
        for role in roles:
            for address, verb, place in cells():
                if verb != "GET":
                    continue
                answer = ask(world.browser(role), verb, address, world.matters[place].get(address.about))
                assert answer.status_code < 500, (address.name, role)
                if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
                    continue
                read += 1
                text = answer.content.decode()
                shown += "onclick=hf()" in text
                reader = Reader()
                reader.feed(text)
                wrong += [f"{address.name} as {role}: {each}" for each in reader.found]
        transaction.set_rollback(True)
    return wrong, read, shown


@pytest.mark.parametrize(
    "roles", [("chen", "gao"), pytest.param(tuple(ROLES), marks=pytest.mark.deep)], ids=["two", "all"]
)
def test_a4_21_no_text_that_was_typed_is_run_on_any_page(world, roles):
    wrong, read, shown = runs(world, roles)
    assert read > 60 * len(roles) / 2, "it looks"
    assert shown > 40 * len(roles) / 2, "the text is shown, so it must have been escaped"
    assert not wrong, "\n".join(wrong[:20])


def test_a4_21_without_escaping_the_same_pages_would_run_it(world, monkeypatch):
    monkeypatch.setattr(engines["django"].engine, "autoescape", False)
    wrong, _read, _shown = runs(world, ["chen"])
    assert len(wrong) > 40


def test_a4_21_the_reader_sees_what_a_browser_would_run():
    reader = Reader()
    reader.feed(f'<a title="{ROOT}">x</a><a href=" JavaScript:hf()">y</a>')
    assert len(reader.found) == 2


def everything() -> set[str]:
    """Every field of every model, as a form would name it."""
    fields = [field for model in apps.get_models() for field in model._meta.local_fields]
    return {name for field in fields for name in (field.name, field.attname)}


def test_a4_27_no_page_shows_anybodys_mail_address_whole(world):
    found, read = [], 0
    with transaction.atomic():
        User.objects.update(email=Concat(F("username"), Value("@mail.example.test")))
        for role in ("chen", "gao", "system", "security", "audit"):
            for address, verb, place in cells():
                if verb == "GET":
                    answer = ask(world.browser(role), verb, address, world.matters[place].get(address.about))
                    if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
                        read += 1
                        found += [
                            f"{address.name} as {role}: {text}"
                            for text in re.findall(r"[\w.-]+@mail\.example\.test", answer.content.decode())
                        ]
        shown = world.browser("chen").get(reverse("notice-settings")).content.decode()
        transaction.set_rollback(True)
    assert read > 100
    assert not found, found
    assert "ch***@mail.example.test" in shown


RIGHTS = (
    "permissions.User",
    "permissions.Post",
    "permissions.Organisation",
    "engine.Policy",
    "projects.Project",
)


FORGED_EPOCH = 77
# What an address is there for, done by whoever may: no forged field.
OWN_WORK = {("account-close", "is_active")}


def rights() -> dict:
    """What people, posts, units, rules and projects are: what no form of the matrix sets.

    Who is given or loses a post by an operation has their sessions ended: an epoch may take one step, and only that.
    """
    return {
        (label, row["id"]): row
        for label in RIGHTS
        for row in apps.get_model(label)._base_manager.order_by("pk").values()
    }


def changes(before: dict, after: dict, address: str) -> list:
    """What differs, less an epoch that took its one step and what the address itself is there for."""
    found = list(before.keys() ^ after.keys())
    for key in before.keys() & after.keys():
        for name, was in before[key].items():
            now = after[key][name]
            stepped = name == "epoch" and now == was + 1
            if now != was and not stepped and (address, name) not in OWN_WORK:
                found.append((key, name, was, now))
    return found


@pytest.mark.parametrize("role", ["chen", "gao", "system"])
def test_a4_03_fields_that_a_form_does_not_have_are_not_set_by_it(world, role):
    """Every form with every field of every model added to it: accounts, posts, units, rules and projects stay what they are."""
    before, sent = rights(), 0
    for address, verb, place in cells():
        if verb == "POST":
            matter = world.matters[place].get(address.about)
            extra = {name: "1" for name in everything() if name not in dict(address.typed)}
            extra["epoch"] = str(FORGED_EPOCH)
            if address.share:
                extra.pop("assignment")

            def unchanged(answer, name=address.name):
                assert answer.status_code < 500, name
                assert not changes(before, rights(), name), name

            ask(world.browser(role), verb, address, matter, then=unchanged, **extra)
            sent += 1
    assert sent > 100
