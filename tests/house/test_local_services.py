"""The private servers are found, shared, put away, and survive whatever was killed before."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from hetang_flow.lib import local_services, private_places, private_servers

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import sys
from pathlib import Path
from hetang_flow.lib import local_services
with local_services.use(Path(sys.argv[1]), fleeting=True):
    print("ready", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def var():
    """Yield a state folder; whatever still runs in it afterwards is stopped."""
    folder = Path(tempfile.mkdtemp(prefix="ht-house-"))
    folder.chmod(0o711)
    yield folder
    local_services.put_away(folder)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def somebody_using(var):
    """Yield a process that holds both servers until its input ends."""
    user = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(var)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert user.stdout.readline() == "ready\n"
        yield user
    finally:
        user.kill() if user.poll() is not None else leave(user)


def leave(user):
    user.stdin.close()
    user.wait(30)
    user.stdout.close()


def runs(var):
    postgres = private_servers.Postgres(var, private_servers.FLEETING)
    valkey = private_servers.Valkey(var)
    return postgres._state() == 0, valkey._ask("PING") == "+PONG"


def test_the_last_of_several_users_puts_the_servers_away(var):
    with somebody_using(var):
        with somebody_using(var):
            assert runs(var) == (True, True)
        assert runs(var) == (True, True)
    assert runs(var) == (False, False)


def test_several_starting_at_the_same_instant_share_one_server(var):
    users = [
        subprocess.Popen(
            [sys.executable, "-c", HOLD, str(var)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    assert [user.stdout.readline() for user in users] == ["ready\n"] * 4
    for user in users:
        leave(user)
    assert [user.returncode for user in users] == [0] * 4
    assert runs(var) == (False, False)


def test_a_killed_user_leaves_nothing_to_repair(var):
    with somebody_using(var) as user:
        user.send_signal(signal.SIGKILL)
        user.wait(10)
    assert runs(var) == (True, True)
    with local_services.use(var, fleeting=True):
        pass
    assert runs(var) == (False, False)


def test_a_killed_server_is_started_again(var):
    with somebody_using(var) as user:
        postmaster = int(
            (private_servers.Postgres(var, {}).data / "postmaster.pid").read_text().split("\n")[0]
        )
        os.kill(postmaster, signal.SIGKILL)
        user.send_signal(signal.SIGKILL)
        user.wait(10)
    with local_services.use(var, fleeting=True):
        assert runs(var) == (True, True)


def test_a_pid_file_whose_number_now_is_another_program_is_forgotten(var):
    with local_services.use(var, fleeting=True):
        pid_file = private_servers.Postgres(var, {}).data / "postmaster.pid"
        stale = pid_file.read_text().split("\n", 1)[1]
    pid_file.write_text(f"{os.getpid()}\n{stale}")
    with local_services.use(var, fleeting=True):
        assert runs(var) == (True, True)


def test_a_long_folder_name_still_gets_sockets_the_kernel_accepts(tmp_path):
    deep = tmp_path.joinpath(*["a-rather-long-folder-name"] * 5)
    assert len(str(private_places.socket_folder(deep) / ".s.PGSQL.5432")) < 100


def test_where_there_is_no_wheel_the_message_names_both_variables(monkeypatch):
    monkeypatch.setattr(private_places.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(local_services.ServiceError, match=r"HETANG_DATABASE_URL.*HETANG_REDIS_URL"):
        local_services.postgres_programs()


def test_a_command_asked_to_end_leaves_no_server_behind(var):
    code = "import time; print('ready', flush=True); time.sleep(60)"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HETANG_", "DJANGO_"))}
    command = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
        cwd=ROOT,
        env={**kept, "HETANG_VAR": str(var)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert command.stdout.readline() == "ready\n"
    assert runs(var) == (True, True)
    command.terminate()
    assert command.wait(30) == 143
    command.stdout.close()
    began = time.monotonic()
    assert runs(var) == (False, False)
    assert time.monotonic() - began < 10
