"""The rules of files: what may come in by name and size, how many lie together, and what a clean name is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.files import rules


def test_count_and_size_of_files_have_their_limits_exactly():
    assert rules.may_attach([1] * 19, 1)
    assert rules.may_attach([1] * 20, 1).code == "too-many-files"
    full = rules.LARGEST_TOGETHER
    assert rules.may_attach([full - 10], 10)
    assert rules.may_attach([full - 10], 11).code == "files-too-large"


@pytest.mark.parametrize(
    ("name", "size", "code"),
    [
        ("扫描.PDF", 1, ""),
        ("a.docx", rules.LARGEST_FILE, ""),
        ("a.docx", rules.LARGEST_FILE + 1, "file-too-large"),
        ("a.pdf", 0, "file-empty"),
        ("a.exe", 1, "file-type"),
        ("a.pdf.exe", 1, "file-type"),
        ("pdf", 1, "file-type"),
        (".pdf", 1, "file-type"),
        ("a.svg", 1, "file-type"),
        ("a.heic", 1, "file-type"),
        ("", 1, "file-type"),
    ],
)
def test_a_file_is_judged_by_name_and_size_before_a_byte_is_read(name, size, code):
    assert rules.may_come_in(name, size).code == code


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\扫描件\\许可证.pdf", "许可证.pdf"),
        ("许可证\u202efdp.exe", "许可证fdp.exe"),
        ("a\x00b\n.pdf", "ab.pdf"),
        ('x<>:"|?*.pdf', "x.pdf"),
        ("con.pdf", "_con.pdf"),
        ("  多  空格 .pdf", "多 空格.pdf"),
        ("", "file"),
        ("...", "file"),
    ],
)
def test_a_name_is_cleaned_of_everything_but_itself(name, clean):
    assert rules.clean_name(name) == clean


@given(st.text(max_size=300))
def test_a_cleaned_name_is_short_has_no_folder_and_stays_as_it_is(name):
    clean = rules.clean_name(name)
    assert 0 < len(clean) <= rules.LONGEST_NAME
    assert "/" not in clean and "\\" not in clean and clean.isprintable()
    assert not clean.startswith(".")
    assert rules.clean_name(clean) == clean


@given(st.text(min_size=1, max_size=200), st.sampled_from(["pdf", "JPG", "docx"]))
def test_the_extension_survives_however_long_the_name(stem, extension):
    clean = rules.clean_name(f"{stem}x.{extension}")
    assert rules.extension_of(clean) == extension.lower()
