"""Texts of the compartment at rest: keys are rotated without losing a word, and a missing key is said, never a fault."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from flows.discipline.models import Dossier, Word
from flows.discipline.operations_keys import rekey
from flows.discipline.sealed import is_current, seal, unseal
from hetang_flow.lib.errors import Unavailable
from tests.support.confided import REASON, accepted, entered_clue, furnish

pytestmark = pytest.mark.django_db
OLD, NEW = "the-key-of-last-year-0123456789", "the-key-of-this-year-0123456789"


@pytest.fixture
def kept(district, settings):
    """A case whose texts were sealed with last year's key."""
    settings.FIELD_KEYS = [OLD]
    return accepted(furnish(district), entered_clue(district))


def stored():
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM discipline_word UNION ALL SELECT body FROM discipline_dossier")
        return [row[0] for row in cursor.fetchall()]


def test_the_first_key_seals_and_every_key_opens(settings):
    settings.FIELD_KEYS = [OLD]
    sealed = seal(REASON)
    settings.FIELD_KEYS = [NEW, OLD]
    assert unseal(sealed) == REASON and not is_current(sealed)
    assert is_current(seal(REASON))
    settings.FIELD_KEYS = [NEW]
    with pytest.raises(Unavailable, match="field-key-missing"):
        unseal(sealed)


def test_without_keys_of_its_own_the_sites_secrets_seal(settings):
    settings.FIELD_KEYS = []
    sealed = seal(REASON)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-secret-of-tomorrow"
    assert unseal(sealed) == REASON


def test_rotated_the_old_key_is_needed_no_more(kept, settings):
    digest = Dossier.objects.get(case=kept).sha256
    settings.FIELD_KEYS = [NEW, OLD]
    assert rekey() == len(stored()) == 3
    assert rekey() == 0
    settings.FIELD_KEYS = [NEW]
    assert Word.objects.get(kind="accept").text == REASON
    assert Dossier.objects.get(case=kept).sha256 == digest


def test_with_a_key_missing_nothing_is_changed(kept, settings):
    before = sorted(stored())
    settings.FIELD_KEYS = [NEW]
    with pytest.raises(CommandError):
        call_command("rekey_fields", stdout=StringIO())
    assert sorted(stored()) == before


def test_the_command_says_nothing_of_how_much_there_is(kept, settings):
    settings.FIELD_KEYS = [NEW, OLD]
    full, empty = StringIO(), StringIO()
    call_command("rekey_fields", stdout=full)
    call_command("rekey_fields", stdout=empty)
    assert full.getvalue() == empty.getvalue() != ""
    assert all(map(is_current, stored()))
