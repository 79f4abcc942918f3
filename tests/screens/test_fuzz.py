"""Line 36: bad types, huge numbers, NUL, broken UTF-8, missing boundaries, odd headers: an answer, never a 500.

Each request goes through the handler a server calls, as bytes. Whatever it wrote is rolled back.
"""

from collections.abc import Iterator
from itertools import cycle

import pytest
from django.db import transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from tests.screens.matrix import ADDRESSES, Address
from tests.screens.test_matrix import World, world  # noqa: F401 - a fixture
from tests.support.fuzz import (
    BAD,
    FORM,
    ODD_HEADERS,
    PARTS,
    Door,
    Sent,
    multipart,
    names_read,
    strange_paths,
    urlencoded,
)

pytestmark = pytest.mark.django_db
PEOPLE = ("gao", "chen", "zhao", "ma", "lin", "system", "audit", "jobless", "anonymous")
NAMES = names_read()


@pytest.fixture(scope="module")
def door(world):  # noqa: F811
    with Door() as opened:
        yield opened


def cookies(world: World, role: str) -> str:  # noqa: F811
    return "; ".join(f"{name}={morsel.value}" for name, morsel in world.cookies[role].items())


def typed(world: World, address: Address) -> dict[str, bytes]:  # noqa: F811
    """What the form would send if it were filled in as it should be."""
    matter = world.matters["here"].get(address.about)
    said: dict[str, object] = dict(address.typed)
    if matter:
        said |= {name: value for name, value in matter.named.items() if name in said}
        if address.share:
            said["assignment"] = matter.shares[address.share]
        for name in ("to_user", "post", "posts", "step"):
            if name in said and matter.given:
                said[name] = matter.given[said[name]]
    return {name: str(value).encode() for name, value in said.items()}


def path_of(world: World, address: Address) -> str:  # noqa: F811
    matter = world.matters["here"].get(address.about)
    key = matter.keys[address.key] if matter and address.key else ()
    return reverse(address.name, args=[*(key if isinstance(key, tuple) else (key,)), *address.more])


def broken(door: Door, requests: Iterator[Sent]) -> list[str]:
    """The requests that were answered by 500 or not at all, one for each place in the code."""
    found: dict[str, str] = {}
    for sent in requests:
        door.errors.clear()
        with transaction.atomic():
            try:
                status, _body = door.answer(sent)
            except Exception as error:
                status = 599
                door.errors.append(f"not answered: {type(error).__name__}: {error}")
            transaction.set_rollback(True)
        if status >= 500:
            why = door.errors[-1] if door.errors else "?"
            found.setdefault(why, f"{status} {why}\n      {sent.told()}")
    return list(found.values())


def attacks(world: World, address: Address) -> Iterator[Sent]:  # noqa: F811
    """Each bad value in every parameter at once, in every field at once, then one field at a time among good ones."""
    where, good = path_of(world, address), typed(world, address)
    who = cycle(cookies(world, role) for role in PEOPLE)
    form = [(b"content-type", FORM)]
    everything = sorted({*NAMES, *good})
    # Its own fields first: the first that is refused hides the others.
    own = [name for name in everything if name in good]
    for value in BAD:
        short = value[:4000]
        yield Sent("GET", where, urlencoded([(name, short) for name in NAMES]), cookies=next(who))
        yield Sent(
            "POST",
            where,
            body=urlencoded([(name, short) for name in everything]),
            headers=form,
            cookies=next(who),
        )
    values = cycle(BAD)
    for name in own:
        for _ in range(8):
            pairs = [(other, next(values) if other == name else good[other]) for other in own]
            yield Sent("POST", where, body=urlencoded(pairs), headers=form, cookies=next(who))
    parts = [(b"content-type", PARTS)]
    pairs = list(good.items())
    for called in (b"a.pdf", b"\xff\x00.jpg", b"../../x.xlsx", b"x" * 3000 + b".png", b""):
        body = multipart(pairs, files=[("file", called, b"%PDF-1.7\x00\xff" * 3), ("file", called, b"")])
        yield Sent("POST", where, body=body, headers=parts, cookies=next(who))
    yield Sent(
        "POST",
        where,
        body=multipart([(name, b"\xff\x00") for name in everything]),
        headers=parts,
        cookies=next(who),
    )
    yield Sent("POST", where, body=body[:-20], headers=parts, cookies=next(who))
    yield Sent("POST", where, body=urlencoded(pairs * 400), headers=form, cookies=next(who))
    for headers in ODD_HEADERS:
        yield Sent("POST", where, body=urlencoded(pairs), headers=headers, cookies=next(who))
        yield Sent("GET", where, headers=headers, cookies=next(who))
    for odd in strange_paths(where):
        yield Sent("GET", odd, cookies=next(who))
        yield Sent("POST", odd, body=urlencoded(pairs), headers=form, cookies=next(who))
    yield Sent(
        "GET",
        where,
        b"%ff=%fe&%00=%00&a[b][c]=1&" + b"&".join(b"k%d=1" % n for n in range(1500)),
        cookies=next(who),
    )
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "GETT", "\u00e9"):
        yield Sent(method, where, cookies=next(who))


def some_of(requests: Iterator[Sent], place: int, every: int) -> Iterator[Sent]:
    return (sent for number, sent in enumerate(requests) if (number + place) % every == 0)


@pytest.mark.parametrize("part", range(4))
def test_line_36_nothing_that_is_sent_is_answered_by_500(world, door, part):  # noqa: F811
    """A share of all attacks, the same each time; every address has its part in it."""
    found = []
    for place, address in enumerate(ADDRESSES):
        if place % 4 == part:
            found += broken(door, some_of(attacks(world, address), place, 17))
    assert not found, f"{len(found)} places:\n" + "\n".join(sorted(found))


@pytest.mark.deep
@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address.name)
def test_line_36_nothing_at_all_that_is_sent_is_answered_by_500(world, door, address):  # noqa: F811
    found = broken(door, attacks(world, address))
    assert not found, f"{len(found)} places:\n" + "\n".join(sorted(found))


@pytest.mark.deep
def test_line_36_whatever_hypothesis_thinks_of_is_answered(world, door):  # noqa: F811
    addresses = st.sampled_from(ADDRESSES)
    values = st.one_of(
        st.sampled_from(BAD),
        st.binary(max_size=40),
        st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
    )
    some = st.dictionaries(st.sampled_from(NAMES), values, max_size=6)

    @given(
        addresses,
        st.sampled_from(PEOPLE),
        st.sampled_from(["GET", "POST"]),
        some,
        some,
        st.sampled_from([[], *ODD_HEADERS]),
    )
    def every_request_is_answered(address, role, method, asked, said, headers):
        pairs = list((typed(world, address) | said).items())
        sent = Sent(
            method, path_of(world, address), urlencoded(list(asked.items())),
            urlencoded(pairs) if method == "POST" else b"",
            headers or [(b"content-type", FORM)], cookies(world, role),
        )  # fmt: skip
        assert not broken(door, iter([sent]))

    every_request_is_answered()


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        (b"&".join(b"k%d=1" % number for number in range(1500)), []),
        (b"", [(b"content-length", b"many")]),
        (b"", [(b"content-length", b"-5")]),
        (b"", [(b"content-length", "٥".encode())]),
        (b"", [(b"content-type", FORM + b"; charset=utf-16")]),
        (b"", [(b"content-type", FORM + b"; charset=no-such")]),
    ],
)
def test_line_36_what_cannot_be_read_is_answered_by_400_before_anybody_tries(world, door, query, headers):  # noqa: F811
    for role in ("anonymous", "gao"):
        status, body = door.answer(Sent("POST", "/inbox/", query, b"a=1", headers, cookies(world, role)))
        assert status == 400
        assert b"Traceback" not in body


def test_the_fuzz_would_see_a_view_that_breaks(world, door, monkeypatch):  # noqa: F811
    """Its control: one view that breaks is found through the same handler."""

    def breaks(*_, **__):
        raise ZeroDivisionError("broken on purpose")

    monkeypatch.setattr("flows.deadlines.selectors_pages.year_page", breaks)
    (address,) = (each for each in ADDRESSES if each.name == "work-calendar")
    found = broken(door, some_of(attacks(world, address), 0, 5))
    assert len(found) == 1
    assert "ZeroDivisionError: broken on purpose" in found[0]
