"""Evidence files: what comes in, what is refused and why, how it is kept and shown."""

import stat
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from PIL import Image, TiffImagePlugin

from flows.files import rules, storage
from hetang_flow.lib.errors import Invalid, NotFound

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
ENCRYPT = b"<</Filter/Standard/V 1/R 2/O<" + b"00" * 32 + b">/U<" + b"11" * 32 + b">/P -44>>"


def upload(name, content):
    return SimpleUploadedFile(name, content, content_type="application/octet-stream")


def picture(kind="JPEG", size=(120, 80), **more):
    kept = BytesIO()
    Image.new("RGB", size, "#336699").save(kept, kind, **more)
    return kept.getvalue()


def pdf(pages=2):
    kept = BytesIO()
    sheets = [Image.new("RGB", (620, 877), "white") for _ in range(pages)]
    sheets[0].save(kept, "PDF", save_all=True, append_images=sheets[1:])
    return kept.getvalue()


def locked_pdf():
    """A one-page file whose trailer asks for a password nobody knows."""
    parts = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"]
    parts += [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>", ENCRYPT]
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += b"%d 0 obj%sendobj\n" % (number, part)
    table = b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    ids = b"/ID[<" + b"22" * 16 + b"><" + b"22" * 16 + b">]"
    return (
        body
        + table
        + b"trailer<</Size 5/Root 1 0 R/Encrypt 4 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (ids, len(body))
    )


def package(part="word/document.xml", **more):
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr(part, "<x/>")
        for name, content in more.items():
            made.writestr(name.replace("__", "/"), content)
    return kept.getvalue()


def refusal(name, content):
    with pytest.raises(Invalid) as caught:
        storage.inspect(upload(name, content))
    assert caught.value.facts["field"] == "file"
    return caught.value.code


def kept(name="许可证.pdf", content=None):
    file = upload(name, content or pdf())
    return storage.store(file, storage.inspect(file))


# --- what comes in ---


@pytest.mark.parametrize(
    ("name", "content", "kind", "pages"),
    [
        ("许可证.PDF", pdf(3), "application/pdf", 3),
        ("现场.jpg", picture(), "image/jpeg", 1),
        ("现场.jpeg", picture(), "image/jpeg", 1),
        ("现场.png", picture("PNG"), "image/png", 1),
        ("现场.webp", picture("WEBP"), "image/webp", 1),
        ("合同.docx", package(), rules.TYPES["docx"], 1),
        ("台账.xlsx", package("xl/workbook.xml"), rules.TYPES["xlsx"], 1),
        ("报告.wps", OLE, rules.TYPES["wps"], 1),
    ],
)
def test_what_is_accepted_is_known_by_its_content(name, content, kind, pages):
    found = storage.inspect(upload(name, content))
    assert (found.name, found.content_type, found.pages, found.size) == (name, kind, pages, len(content))
    assert len(found.sha256) == 64


def test_a_large_upload_on_disk_is_read_like_a_small_one_in_memory():
    content = pdf(2)
    large = TemporaryUploadedFile("a.pdf", "application/pdf", len(content), None)
    large.write(content)
    large.flush()
    found = storage.inspect(large)
    assert found == storage.inspect(upload("a.pdf", content))
    assert storage.path_of(storage.store(large, found)).read_bytes() == content


# --- what is refused ---


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.pdf", b"", "file-empty"),
        ("a.exe", b"MZ", "file-type"),
        ("a.html", b"<html>", "file-type"),
        ("a.pdf", picture(), "file-not-what-it-says"),
        ("a.jpg", pdf(), "file-not-what-it-says"),
        ("a.png", b"GIF89a" + b"\0" * 50, "file-not-what-it-says"),
        ("a.pdf", b"<html><script>" + pdf(), "file-not-what-it-says"),
        ("a.xlsx", package(), "file-not-what-it-says"),
        ("a.docx", b"PK\x03\x04 torn", "file-broken"),
        ("a.docx", OLE, "file-encrypted"),
        ("a.pdf", locked_pdf(), "file-encrypted"),
        ("a.pdf", b"%PDF-1.7\n" + b"\0" * 400, "file-broken"),
        ("a.pdf", pdf()[:200], "file-broken"),
        ("a.jpg", picture(size=(900, 900))[:2000], "file-broken"),
        ("a.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 400, "file-broken"),
        ("a.jpg", picture() + b"<script>alert(1)</script>", "file-two-faced"),
        ("a.png", picture("PNG") + b"<?php echo 1;", "file-two-faced"),
        ("a.docx", package(word__vbaProject=b"x", **{"word__vbaProject.bin": b"x"}), "file-has-macros"),
        ("a.docx", package(word__big=b"\0" * (30 * rules.MEGABYTE)), "file-unpacks-too-large"),
    ],
)
def test_what_cannot_be_evidence_is_refused_with_its_reason(name, content, code):
    assert refusal(name, content) == code


def test_markup_across_two_chunks_is_found(monkeypatch):
    content = picture() + b"   <script>"
    monkeypatch.setattr(storage, "CHUNK", len(content) - 5)
    assert refusal("a.jpg", content) == "file-two-faced"


def test_a_picture_bomb_is_refused_before_it_is_unpacked():
    bomb = BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    assert len(bomb.getvalue()) < rules.MEGABYTE
    assert refusal("a.png", bomb.getvalue()) == "picture-too-large"


def test_an_archive_with_thousands_of_parts_is_refused():
    parts = {f"part{number}": b"" for number in range(storage.MOST_PARTS)}
    assert refusal("a.xlsx", package("xl/workbook.xml", **parts)) == "file-unpacks-too-large"


def test_a_mislabelled_file_is_told_what_it_looks_like():
    with pytest.raises(Invalid) as caught:
        storage.inspect(upload("扫描.pdf", picture("PNG")))
    assert caught.value.facts == {"field": "file", "file": "扫描.pdf", "extension": "PDF", "looks": "PNG"}


def test_nothing_is_left_behind_by_a_refusal():
    storage.inspect(upload("a.pdf", pdf()))
    refusal("a.pdf", b"%PDF-1.7\n" + b"\0" * 400)
    assert not list((Path(settings.EVIDENCE_ROOT) / "incoming").iterdir())


# --- how it is kept ---


def test_a_file_is_kept_whole_under_a_random_name_for_the_server_alone():
    content = pdf()
    name = kept("../../许可证.pdf", content)
    assert storage.STORED.match(name) and "许可证" not in name
    path = storage.path_of(name)
    assert path.read_bytes() == content
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.is_relative_to(settings.EVIDENCE_ROOT)
    assert kept(content=content) != name, "the same file twice has two names"


def test_a_file_that_changed_after_it_was_looked_at_is_not_kept():
    inspected = storage.inspect(upload("a.pdf", pdf()))
    with pytest.raises(Invalid, match="file-broken"):
        storage.store(upload("a.pdf", pdf(3)), inspected)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "aa/bb/" + "c" * 32 + "/..", "aa/bb/" + "0" * 32])
def test_a_name_this_room_never_gave_is_not_found(name):
    with pytest.raises(NotFound):
        storage.path_of(name)
    storage.discard(name)


def test_a_discarded_file_is_gone_and_stays_gone():
    name = kept()
    storage.discard(name)
    storage.discard(name)
    with pytest.raises(NotFound):
        storage.path_of(name)


# --- how it is shown ---


def test_a_page_is_drawn_once_in_the_width_that_would_do():
    name = kept(content=pdf(2))
    path, kind = storage.page_picture(name, "application/pdf", 2, 481)
    assert kind == "image/png"
    assert Image.open(path).width == 960
    drawn = path.stat().st_mtime_ns
    assert storage.page_picture(name, "application/pdf", 2, 900)[0].stat().st_mtime_ns == drawn
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("page", [0, -1, 3, 10**30])
def test_a_page_that_does_not_exist_is_not_found(page):
    with pytest.raises(NotFound):
        storage.page_picture(kept(content=pdf(2)), "application/pdf", page, 480)


def test_an_office_file_has_no_page():
    with pytest.raises(NotFound):
        storage.page_picture(kept("a.docx", package()), rules.TYPES["docx"], 1, 480)


def test_a_photograph_stands_upright_and_keeps_nothing_of_what_the_camera_noted():
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the camera on its side
    exif[0x010F] = "camera of somebody"
    exif.get_ifd(0x8825)[2] = tuple(TiffImagePlugin.IFDRational(n) for n in (27, 50, 0))
    name = kept("现场.jpg", picture(size=(1200, 800), exif=exif))
    path, kind = storage.page_picture(name, "image/jpeg", 1, 480)
    shown = Image.open(path)
    assert kind == "image/jpeg"
    assert shown.size == (480, 720)
    assert not shown.getexif() and "exif" not in shown.info
    assert b"camera of somebody" not in path.read_bytes()


def test_what_is_transparent_is_shown_on_white():
    content = BytesIO()
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(content, "PNG")
    path, _kind = storage.page_picture(kept("章.png", content.getvalue()), "image/png", 1, 480)
    assert Image.open(path).convert("L").getextrema()[0] > 250


def test_the_cache_forgets_the_oldest_pages(monkeypatch):
    monkeypatch.setattr(storage, "PAGES_KEPT", 2)
    name = kept(content=pdf(4))
    drawn = [storage.page_picture(name, "application/pdf", page, 480)[0] for page in (1, 2, 3, 4)]
    assert [path.exists() for path in drawn] == [False, False, True, True]


def test_a_worker_that_never_answers_is_a_broken_file(monkeypatch, tmp_path):
    slow = tmp_path / "slow.py"
    slow.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(storage, "WORKER", slow)
    monkeypatch.setattr(storage, "PATIENCE", 0.3)
    assert refusal("a.pdf", pdf()) == "file-broken"
