"""Make the browser tests possible, or say in one line why they will be skipped.

They need a Chromium, Chinese fonts and the package playwright. Chromium and fonts come from Debian's
packages when we are root or may use sudo without a password; SYSTEM=no forbids it.
"""

import os
import subprocess
import sys
from pathlib import Path
from shutil import which

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
DEBIAN = ("chromium", "fonts-noto-cjk")
BY_HAND = f"apt-get install {' '.join(DEBIAN)} (or name a Chromium in HETANG_CHROMIUM)"


def chromium() -> str | None:
    """Return the path of a Chromium on this machine."""
    return os.environ.get("HETANG_CHROMIUM") or next(filter(None, map(which, PROGRAMS)), None)


def install_chromium() -> str:
    """Install the Debian packages; return why not, or nothing."""
    if os.environ.get("SYSTEM", "yes") == "no":
        return "SYSTEM=no forbids installing it"
    if which("apt-get") is None:
        return "there is no apt-get here"
    prefix: list[str] = []
    if os.geteuid() != 0:
        if which("sudo") is None or subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode:
            return "installing it needs root"
        prefix = ["sudo", "-n"]
    print(
        f"Chromium is missing: installing {' and '.join(DEBIAN)} with apt-get (SYSTEM=no forbids it) ...",
        flush=True,
    )
    quiet = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True}
    environment = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    subprocess.run([*environment, "update"], **quiet)
    done = subprocess.run([*environment, "install", "-y", "--no-install-recommends", *DEBIAN], **quiet)
    return "" if done.returncode == 0 else f"apt-get failed: {done.stderr.strip().splitlines()[-1:]}"


def install_driver() -> str:
    """Install playwright into .venv unless this very lock is there; return why not, or nothing."""
    lock, stamp = ROOT / "requirements" / "browser.txt", ROOT / ".venv" / ".installed-browser"
    if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return ""
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
    ]
    if subprocess.run([*pip, "-r", str(lock)], stdin=subprocess.DEVNULL).returncode:
        return "playwright could not be installed"
    stamp.write_bytes(lock.read_bytes())
    return ""


def main() -> int:
    """Never fail: tests without a browser are still worth running."""
    reason = "" if chromium() else install_chromium()
    reason = reason or install_driver()
    if reason:
        print(f"Browser tests will be skipped: {reason}. To run them: {BY_HAND}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
