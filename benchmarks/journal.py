"""Checking the record: python -m benchmarks.journal [HOW MANY]. Promised: 1,000,000 entries in 60 s, in place and offline.

It makes a database of its own on the private server (or the one HETANG_DATABASE_URL names), fills chains of a
thousand entries each with a name and an opinion, seals them, checks them, exports them, checks the export with the
verifier alone, and drops everything.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

HOW_MANY, A_CHAIN, PROMISED = 1_000_000, 1_000, 60.0
NOON = datetime(2023, 6, 1, 4, tzinfo=UTC)


def main() -> int:
    """Print the times; exit 1 when the promise is not kept."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hetang_flow.settings.test")
    import django

    django.setup()  # first: these settings choose the state folder
    from hetang_flow import env
    from hetang_flow.lib import local_services

    own_database, own_redis = not env.text("HETANG_DATABASE_URL"), not env.text("HETANG_REDIS_URL")
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, env.var(), ignore_errors=True)
        stack.enter_context(local_services.use(env.var(), database=own_database, redis=own_redis))
        from django.test.utils import setup_databases, teardown_databases

        made = setup_databases(verbosity=0, interactive=False)
        try:
            return measure(int(sys.argv[1]) if len(sys.argv) > 1 else HOW_MANY)
        finally:
            teardown_databases(made, verbosity=0)


def measure(how_many: int) -> int:
    """Fill, seal, check, export, check alone."""
    from flows.journal import checking, verifier
    from flows.journal.sealing import seal_record

    began = time.perf_counter()
    fill(how_many)
    print(f"{how_many:,} entries written in {time.perf_counter() - began:.0f} s")
    began = time.perf_counter()
    seal = seal_record(now=NOON)
    assert seal is not None
    print(f"sealed {seal.heads:,} heads in {time.perf_counter() - began:.2f} s")

    began = time.perf_counter()
    result = checking.verify(known=[seal.code])
    in_place = time.perf_counter() - began
    assert result, list(verifier.told(result))
    assert result.entries == how_many
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"checked in place in {in_place:.1f} s ({how_many / in_place:,.0f} a second), {memory:.0f} MB at most"
    )

    with tempfile.TemporaryDirectory() as folder:
        offline = alone(Path(folder), Path(verifier.__file__), seal.code)
    scale = how_many / HOW_MANY
    return 0 if max(in_place, offline) <= PROMISED * max(scale, 0.1) else 1


def alone(folder: Path, program: Path, code: str) -> float:
    """Export into a folder and check there; returns how long the check took."""
    from django.core.management import call_command

    began = time.perf_counter()
    call_command("journal_export", folder / "record.gz")
    size = (folder / "record.gz").stat().st_size / 2**20
    print(f"exported in {time.perf_counter() - began:.1f} s, {size:.0f} MB")
    shutil.copy(program, folder)
    words = [sys.executable, "-I", "-S", program.name, "record.gz", "--code", code]
    began = time.perf_counter()
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    took = time.perf_counter() - began
    assert done.returncode == 0, done.stdout + done.stderr
    print(f"checked alone in {took:.1f} s: {done.stdout.strip()}")
    return took


def fill(how_many: int) -> None:
    """Chains of a thousand entries as an approval writes them."""
    from flows.journal.operations import Draft, append, open_chain
    from permissions.actors import SYSTEM

    for start in range(0, how_many, A_CHAIN):
        chain = open_chain("project", f"演示 {start}")
        drafts = [
            Draft(
                "step.approved",
                SYSTEM,
                NOON,
                NOON,
                {"step": "verify", "number": number, "round": 1},
                personal={"opinion": "资料齐全，同意。"},
            )
            for number in range(start, min(start + A_CHAIN, how_many))
        ]
        append(chain.pk, drafts)


if __name__ == "__main__":
    sys.exit(main())
