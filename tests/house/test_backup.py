"""A backup comes back whole, a damaged one not at all, and a restored copy stays silent."""

import io
import tarfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import translation

from hetang_flow import postgres_tools
from hetang_flow.lib import archive


@pytest.fixture(autouse=True)
def in_english():
    """The messages are looked at in the language they are written in."""
    with translation.override("en"):
        yield


@pytest.fixture
def site(django_db_setup, django_db_blocker, settings, tmp_path):
    """Yield the name of a small database of our own, which the commands take for the site's."""
    with django_db_blocker.unblock():
        yield from small_site(settings, tmp_path)


def small_site(settings, tmp_path):
    name = f"{connection.settings_dict['NAME']}_site"
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    (tmp_path / "evidence" / "ab").mkdir(parents=True)
    (tmp_path / "evidence" / "ab" / "permit.pdf").write_bytes(b"a permit")
    postgres_tools.drop(name)
    postgres_tools.create(name)
    say(name, "CREATE TABLE fact (value int); INSERT INTO fact VALUES (61)")
    say(
        name,
        "CREATE TABLE procrastinate_jobs (status text); INSERT INTO procrastinate_jobs VALUES ('todo'), ('doing')",
    )
    say(
        name,
        "CREATE TABLE notifications_delivery (state text); INSERT INTO notifications_delivery VALUES ('todo')",
    )
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    yield name
    connection.close()
    connection.settings_dict["NAME"] = before
    postgres_tools.drop(name)


def say(database, statement):
    with postgres_tools.beside(database) as there:
        answer = there.execute(statement)
        return answer.fetchall() if answer.description else None


def test_a_backup_comes_back_whole_and_sends_nothing_old(site, settings, tmp_path):
    call_command("backup", str(tmp_path / "site.tar.gz"))
    say(site, "UPDATE fact SET value = 0")
    (Path(settings.EVIDENCE_ROOT) / "ab" / "permit.pdf").write_bytes(b"forged")

    call_command("restore", str(tmp_path / "site.tar.gz"), "--replace")

    assert say(site, "SELECT value FROM fact") == [(61,)]
    assert (Path(settings.EVIDENCE_ROOT) / "ab" / "permit.pdf").read_bytes() == b"a permit"
    assert say(site, "SELECT count(*) FROM procrastinate_jobs") == [(0,)]
    assert say(site, "SELECT state FROM notifications_delivery") == [("restored",)]
    assert (tmp_path / "site.tar.gz").stat().st_mode & 0o077 == 0


def test_what_is_there_is_not_overwritten_unasked(site, tmp_path):
    call_command("backup", str(tmp_path / "site.tar.gz"))
    with pytest.raises(CommandError, match="REPLACE=yes"):
        call_command("restore", str(tmp_path / "site.tar.gz"))
    assert say(site, "SELECT value FROM fact") == [(61,)]


def test_a_damaged_backup_changes_nothing(site, tmp_path):
    whole, damaged = tmp_path / "site.tar.gz", tmp_path / "damaged.tar.gz"
    call_command("backup", str(whole))
    with tarfile.open(whole) as source, tarfile.open(damaged, "w:gz") as target:
        for member in source:
            content = source.extractfile(member).read()
            if member.name.endswith("permit.pdf"):
                content = content.swapcase()
            target.addfile(member, io.BytesIO(content))
    with pytest.raises(CommandError, match="permit.pdf"):
        call_command("restore", str(damaged), "--replace")
    assert say(site, "SELECT value FROM fact") == [(61,)]


def test_a_cut_off_file_is_refused(tmp_path):
    dump = tmp_path / "dump"
    dump.write_bytes(bytes(range(256)) * 400)
    archive.pack(tmp_path / "a.tar.gz", dump=dump, evidence=tmp_path / "none", facts={})
    (tmp_path / "cut.tar.gz").write_bytes((tmp_path / "a.tar.gz").read_bytes()[:-200])
    with pytest.raises(archive.ArchiveError):
        archive.unpack(tmp_path / "cut.tar.gz", tmp_path / "out")


def test_a_site_in_use_is_not_replaced_under_its_users(site, tmp_path):
    call_command("backup", str(tmp_path / "site.tar.gz"))
    with postgres_tools.beside(site), pytest.raises(CommandError, match="in use"):
        call_command("restore", str(tmp_path / "site.tar.gz"), "--replace")
