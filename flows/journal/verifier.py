"""Check an export of the record without the system that wrote it: this one file and Python 3.11 are enough.

    python verifier.py EXPORT [--code XXXX-XXXX-XXXX-XXXX ...] [--seals FILE]

EXPORT is what `manage.py journal_export` wrote. Codes are the short codes of seals as they stand on papers; FILE is
any text that holds such codes. It ends with 0 when everything holds, 1 when something does not, 2 when the file
cannot be read. The system itself checks with the same functions.

digest = H(canonical JSON of the entry's content)        CONTENT_FIELDS; personal values only as commitments
hash   = H(hash of the entry before | number | digest)  the first entry follows GENESIS
commitment of a personal value = H(salt | value)
root of a seal = H(a line for each chain that grew since the seal before, by rising key)
hash of a seal = H(SEAL | number | day | made_at | heads | hash of the seal before | root); its code are 80 bits of it
H is the `algorithm`; only "sha256" exists today, SM3 is one more row in ALGORITHMS.
"""

import argparse
import base64
import gzip
import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

ALGORITHM = "sha256"
GENESIS = "0" * 64
SEAL = "hetang-seal-1"
FORMAT = 1
FORGOTTEN = "journal.personal_forgotten"  # the kind of entry that says a personal value was removed
CONTENT_FIELDS = (
    "algorithm", "chain", "kind", "happened", "recorded", "actor_id", "actor_post", "on_behalf_of_id",
    "on_behalf_post", "run_id", "facts", "before", "after", "commitments",
)  # fmt: skip


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


ALGORITHMS: Mapping[str, Callable[[bytes], str]] = {ALGORITHM: _sha256}
ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def link(previous: str, number: int, digest: str, algorithm: str = ALGORITHM) -> str:
    """Bind a digest to its place: after `previous`, as entry `number`; hex."""
    return ALGORITHMS[algorithm](f"{previous}|{number}|{digest}".encode())


def commit(salt: str, value: str, algorithm: str = ALGORITHM) -> str:
    """Bind a personal value without revealing it; the salt must be random and as secret as the value."""
    return ALGORITHMS[algorithm](f"{salt}|{value}".encode())


class Sealed(NamedTuple):
    """An entry as it lies in the store, not yet trusted; personal: field -> (salt, value)."""

    number: int
    content: Mapping[str, Any]
    digest: str
    hash: str
    personal: Mapping[str, tuple[str, str]]


class Mark(NamedTuple):
    """What a seal holds of one chain: how long it was, and the hash of its last entry."""

    seal: int
    length: int
    head: str


class Head(NamedTuple):
    """A chain as it lies in the store; `subject` is the code of what claims it as its own, if anything does."""

    id: int
    kind: str
    public_id: str
    head: str
    length: int
    subject: str | None = None


class SealRow(NamedTuple):
    """A seal as it lies in the store; the times as text, in the form in which they were hashed."""

    number: int
    day: str
    made_at: str
    heads: int
    previous: str
    root: str
    hash: str
    code: str


def head_line(chain: Head, length: int, head: str) -> bytes:
    """The line of one chain in the root of a seal: whose it is stands in it as well."""
    return f"{chain.id}|{chain.kind}|{chain.public_id}|{length}|{head}\n".encode()


def seal_hash(number: int, day: str, made_at: str, heads: int, previous: str, root: str) -> str:
    """Bind a seal to its place, its day and everything it holds; hex."""
    return _sha256(f"{SEAL}|{number}|{day}|{made_at}|{heads}|{previous}|{root}".encode())


def short_code(seal: str) -> str:
    """A seal's code as papers bear it: 80 bits in letters that cannot be mistaken, four by four."""
    letters = base64.b32encode(bytes.fromhex(seal)[:10]).decode()
    return "-".join(letters[at : at + 4] for at in range(0, 16, 4))


MEANING: Mapping[str, str] = {
    "edited": "the content is not what was recorded",
    "personal-edited": "a personal value is not what was recorded",
    "personal-added": "a personal value was never recorded",
    "personal-gone": "a personal value was removed and no entry says so",
    "algorithm": "hashed in a way this program does not know",
    "missing": "taken out of the middle",
    "unlinked": "not bound to the entry before: moved, inserted or rewritten",
    "order": "stands before an entry with a higher number",
    "tail": "cut off at the end",
    "beyond": "written past the end the chain knows",
    "head": "the chain's head is not the hash of its last entry",
    "subject": "the chain hangs on another subject than the one it was opened for",
    "sealed-gone": "what a seal holds is no longer there",
    "sealed-rewritten": "not what a seal holds: rewritten after it was sealed",
    "chain-gone": "a seal holds a chain that is no longer there",
    "seal-missing": "taken out between the seals",
    "seal-edited": "the seal's hash or code is not what its content says",
    "seal-unlinked": "not bound to the seal before",
    "seal-root": "the chains' heads kept with the seal are not those it was made of",
    "code-unknown": "no seal has this code: the record was rewritten since, or the paper is of another system",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with the entries (or seals) `first` to `last`; `code` is a key of MEANING."""

    code: str
    first: int
    last: int
    detail: str = ""

    def __str__(self) -> str:
        name = ("seal", "seals") if self.code.startswith(("seal-", "code-")) else ("entry", "entries")
        where = (
            f"{name[0]} {self.first}" if self.first == self.last else f"{name[1]} {self.first} to {self.last}"
        )
        detail = f" ({self.detail})" if self.detail else ""
        return f"{where}{detail}: {MEANING[self.code]} [{self.code}]"


# --- one chain ---


def verify_chain(
    entries: Iterable[Sealed],
    head: str,
    length: int,
    *,
    marks: Sequence[Mark] = (),
    subject: str | None = None,
) -> list[Finding]:
    """Check a chain's entries, given by rising number, against each other, its head and length, and its seals.

    A tail cut or rewrite that forges head and length too is visible only by a seal.
    """
    found: list[Finding] = []
    previous, expected, last_known = GENESIS, 1, GENESIS
    held = {mark.length: mark for mark in marks}
    for entry in entries:
        _note_all(found, _content_findings(entry))
        if entry.number < expected:
            _note(found, Finding("order", entry.number, entry.number))
            continue
        if entry.number > expected:
            # What follows a gap cannot be linked to what is gone; its own hash starts the count again.
            _note(found, Finding("missing", expected, entry.number - 1))
        elif entry.hash != _linked(previous, entry):
            _note(found, Finding("unlinked", entry.number, entry.number))
        if entry.number == 1 and subject is not None and _facts(entry).get("code") != subject:
            _note(found, Finding("subject", 1, 1))
        mark = held.pop(entry.number, None)
        if mark is not None and mark.head != entry.hash:
            _note(found, Finding("sealed-rewritten", entry.number, entry.number, f"seal {mark.seal}"))
        if entry.number == length:
            last_known = entry.hash
        previous, expected = entry.hash, entry.number + 1
    for mark in held.values():
        _note(found, Finding("sealed-gone", mark.length, mark.length, f"seal {mark.seal}"))
    _note_all(found, _ending_findings(expected - 1, last_known, head, length))
    return found


def gone(entry: Sealed) -> Iterable[str]:
    """Return the personal fields whose values are gone; rightly so only if a FORGOTTEN entry says it."""
    commitments = entry.content["commitments"]
    return commitments.keys() - entry.personal.keys() if isinstance(commitments, dict) else ()


def _facts(entry: Sealed) -> Mapping[str, Any]:
    facts = entry.content["facts"]
    return facts if isinstance(facts, dict) else {}


def _linked(previous: str, entry: Sealed) -> str:
    algorithm = str(entry.content["algorithm"])
    return link(previous, entry.number, entry.digest, algorithm) if algorithm in ALGORITHMS else entry.hash


def _content_findings(entry: Sealed) -> Iterable[Finding]:
    algorithm = entry.content["algorithm"]
    if algorithm not in ALGORITHMS:
        yield Finding("algorithm", entry.number, entry.number, str(algorithm))
        return
    hashed = ALGORITHMS[algorithm]
    # Stored content is plain already: written in its one form without a walk through it.
    if hashed(ENCODER.encode(entry.content).encode(errors="surrogatepass")) != entry.digest:
        yield Finding("edited", entry.number, entry.number)
    commitments = entry.content["commitments"]
    for name, (salt, value) in entry.personal.items():
        bound = commitments.get(name) if isinstance(commitments, dict) else None
        if bound is None:
            yield Finding("personal-added", entry.number, entry.number, name)
        elif bound != hashed(f"{salt}|{value}".encode()):
            yield Finding("personal-edited", entry.number, entry.number, name)


def _ending_findings(last: int, last_known: str, head: str, length: int) -> Iterable[Finding]:
    if last < length:
        yield Finding("tail", last + 1, length)
    elif last_known != head:
        yield Finding("head", length, length)
    if last > length:
        yield Finding("beyond", length + 1, last)


def _note(found: list[Finding], new: Finding) -> None:
    """Add a finding, or stretch the last one when it says the same of the entry before."""
    last = found[-1] if found else None
    if last and (last.code, last.detail, last.last) == (new.code, new.detail, new.first - 1):
        found[-1] = replace(last, last=new.last)
    else:
        found.append(new)


def _note_all(found: list[Finding], more: Iterable[Finding]) -> None:
    for finding in more:
        _note(found, finding)


# --- the whole record ---


@dataclass(slots=True)
class Check:
    """Takes the chains by rising key, each with its entries and marks, and at last the seals.

    `broken` maps a chain's key to its findings, `seals_broken` holds those of the seals and codes. Without the
    personal values (`with_personal` False) it cannot be told whether one was removed.
    """

    with_personal: bool = True
    chains: int = 0
    entries: int = 0
    seals: int = 0
    broken: dict[int, list[Finding]] = field(default_factory=dict)
    seals_broken: list[Finding] = field(default_factory=list)
    forgotten: set[tuple[int, int, str]] = field(default_factory=set)
    _gone: list[tuple[int, int, str]] = field(default_factory=list)
    _roots: dict[int, tuple[Any, int]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return not self.broken and not self.seals_broken

    def chain(self, chain: Head, entries: Iterable[Sealed], marks: Sequence[Mark] = ()) -> None:
        """Check the next chain."""
        self.chains += 1
        for mark in marks:
            root, heads = self._roots.get(mark.seal, (None, 0))
            root = root or hashlib.sha256()
            root.update(head_line(chain, mark.length, mark.head))
            self._roots[mark.seal] = (root, heads + 1)
        found = verify_chain(
            self._counted(chain, entries), chain.head, chain.length, marks=marks, subject=chain.subject
        )
        if found:
            self.broken[chain.id] = found

    def lost(self, chain_id: int) -> None:
        """A seal holds a chain of which not even its row is left."""
        self.broken[chain_id] = [Finding("chain-gone", 0, 0)]

    def close(self, seals: Iterable[SealRow], known: Iterable[str] = ()) -> None:
        """Check the seals, by rising number, and the codes that somebody has on paper; settle what was removed."""
        previous, expected, codes = GENESIS, 1, set()
        for seal in seals:
            self.seals += 1
            codes.add(seal.code)
            if seal.number != expected:
                _note(self.seals_broken, Finding("seal-missing", expected, seal.number - 1))
            elif seal.previous != previous:
                _note(self.seals_broken, Finding("seal-unlinked", seal.number, seal.number))
            _note_all(self.seals_broken, self._seal_findings(seal))
            previous, expected = seal.hash, seal.number + 1
        self.seals_broken += [Finding("code-unknown", 0, 0, code) for code in known if code not in codes]
        for chain_id, number, name in self._gone:
            if self.with_personal and (chain_id, number, name) not in self.forgotten:
                self.broken.setdefault(chain_id, []).append(Finding("personal-gone", number, number, name))

    def _seal_findings(self, seal: SealRow) -> Iterator[Finding]:
        root, heads = self._roots.get(seal.number, (hashlib.sha256(), 0))
        if (root.hexdigest(), heads) != (seal.root, seal.heads):
            yield Finding("seal-root", seal.number, seal.number)
        told = seal_hash(seal.number, seal.day, seal.made_at, seal.heads, seal.previous, seal.root)
        if (told, short_code(told)) != (seal.hash, seal.code):
            yield Finding("seal-edited", seal.number, seal.number)

    def _counted(self, chain: Head, entries: Iterable[Sealed]) -> Iterator[Sealed]:
        for entry in entries:
            self.entries += 1
            self._gone.extend((chain.id, entry.number, name) for name in gone(entry))
            if chain.kind == "system" and entry.content["kind"] == FORGOTTEN:
                facts = _facts(entry)
                self.forgotten.add((facts.get("chain", 0), facts.get("number", 0), facts.get("field", "")))
            yield entry


# --- an export ---


class Unreadable(Exception):
    """The file is no export, or it was cut off."""


CODE = re.compile(r"(?<![A-Z2-7])[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}(?![A-Z2-7])")


def codes_in(text: str) -> list[str]:
    """The codes that stand in a text, in their order; what the letters O and I may have been read as is put right."""
    plain = re.sub(r"[\s　]*[-－–—][\s　]*", "-", text.upper()).translate(str.maketrans("0189", "OIBG"))
    return list(dict.fromkeys(CODE.findall(plain)))


def check_export(lines: Iterable[str], known: Iterable[str] = ()) -> Check:
    """Check an export, line by line; raise Unreadable for what is none."""
    rows = _rows(lines)
    first = next(rows, {})
    if first.get("is") != "record" or first.get("format") != FORMAT:
        raise Unreadable("this is no export of a record that this program knows")
    check, seals, row = Check(with_personal=first["personal"]), [], next(rows, None)
    while row and row["is"] == "seal":
        seals.append(SealRow(*(row[name] for name in SealRow._fields)))
        row = next(rows, None)
    while row and row["is"] in ("chain", "lost"):
        if row["is"] == "lost":
            check.lost(row["id"])
            row = next(rows, None)
            continue
        following = _Following(rows)
        marks = [Mark(*mark) for mark in row["marks"]]
        check.chain(Head(*(row[name] for name in Head._fields)), following, marks)
        row = following.after
    counted = row and (row["is"], row.get("chains"), row.get("entries"), row.get("seals"))
    if counted != ("end", check.chains, check.entries, len(seals)):
        raise Unreadable("the file ends before the record does, or lines were taken out of it")
    check.close(seals, known)
    return check


class _Following:
    """The entries that follow a chain's line, and the row after them."""

    def __init__(self, rows: Iterator[dict[str, Any]]) -> None:
        self.rows, self.after = rows, None

    def __iter__(self) -> Iterator[Sealed]:
        for row in self.rows:
            if "n" not in row:
                self.after = row
                return
            yield Sealed(row["n"], row["c"], row["d"], row["h"], row["p"])


def _rows(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        row = json.loads(line)
        if not isinstance(row, dict) or not ("is" in row or "n" in row):
            raise Unreadable("a line that is none of an export")
        yield row


def main(words: Sequence[str]) -> int:
    """Check the export that `words` name; print what was found."""
    asked = argparse.ArgumentParser(description="Check an export of the record.")
    asked.add_argument("export", type=Path)
    asked.add_argument("--code", action="append", default=[], help="a short code that stands on a paper")
    asked.add_argument("--seals", type=Path, help="a text with such codes, as the page of seals hands out")
    given = asked.parse_args(words)
    try:
        known = [code for text in given.code for code in codes_in(text)]
        if len(known) != len(given.code):
            raise Unreadable("a code has four times four signs, like ABCD-EFGH-IJKL-MNOP")
        known += codes_in(given.seals.read_text()) if given.seals else []
        with gzip.open(given.export, "rt", encoding="utf-8", errors="surrogatepass") as lines:
            check = check_export(lines, known)
    except Unreadable as error:
        print(f"not readable: {error}")
        return 2
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"not readable: {type(error).__name__}: {error}")
        return 2
    for line in told(check):
        print(line)
    print(summary(check, len(known)))
    return 0 if check else 1


def told(check: Check) -> Iterator[str]:
    """A line for each broken chain, and one for each thing wrong with the seals."""
    for key, findings in check.broken.items():
        yield f"chain {key}: " + "; ".join(map(str, findings))
    yield from map(str, check.seals_broken)


def summary(check: Check, known: int = 0) -> str:
    """What was looked at, in one line."""
    counted = f"record: {check.chains} chains, {check.entries} entries, {check.seals} seals"
    counted += f", {known} codes from papers" if known else ""
    if not check.with_personal:
        counted += " (exported without personal values)"
    return f"{counted}: everything holds" if check else f"{counted}: NOT what was recorded"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
