"""Malware: with a scanner configured every file is read by it first, and none comes in that was not."""

import socket

import pytest

from flows.files import storage
from flows.ledgers import importing
from flows.ledgers.models import LedgerImport
from hetang_flow.lib.errors import Invalid
from tests.operations.test_files import pdf, upload
from tests.support.keeping import kept
from tests.support.scanner import SIGN, scanner


def test_a4_24_a_clean_file_comes_in_and_was_read_whole(settings):
    content = pdf(3)
    with scanner() as (settings.MALWARE_SCANNER, seen):
        assert storage.inspect(upload("许可证.pdf", content)).pages == 3
    assert seen == [content]


def test_a4_24_an_infected_file_is_refused_with_what_was_found(settings):
    with scanner() as (settings.MALWARE_SCANNER, _seen), pytest.raises(Invalid) as caught:
        storage.inspect(upload("收据.pdf", pdf() + SIGN))
    assert caught.value.code == "file-infected"
    assert caught.value.facts == {"field": "file", "file": "收据.pdf", "found": "Hetang.Test"}


@pytest.mark.parametrize("says", [b"stream: INSTREAM size limit exceeded. ERROR\0", b"\0"])
def test_a4_24_no_verdict_is_no_permission(settings, says):
    with scanner(says) as (settings.MALWARE_SCANNER, _seen), pytest.raises(Invalid) as caught:
        storage.inspect(upload("许可证.pdf", pdf()))
    assert caught.value.code == "file-not-scanned"


@pytest.mark.parametrize("address", ["unix:///nowhere/clamd.ctl", "tcp://127.0.0.1:{free}"])
def test_a4_24_while_the_scanner_is_away_nothing_comes_in(settings, address):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        free = taken.getsockname()[1]
    settings.MALWARE_SCANNER = address.format(free=free)
    with pytest.raises(Invalid) as caught:
        storage.inspect(upload("许可证.pdf", pdf()))
    assert caught.value.code == "file-not-scanned"


def test_a4_24_a_workbook_of_a_ledger_is_read_first_too(settings, district):
    code = kept(district).code
    with scanner() as (settings.MALWARE_SCANNER, _seen), pytest.raises(Invalid) as caught:
        importing.upload(code, upload("台账.xlsx", SIGN), by=district.actor("chen"), now=district.now)
    assert caught.value.code == "file-infected"
    assert not LedgerImport.objects.exists()
