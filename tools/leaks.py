"""No committed file names a package registry's host, a path of somebody's machine or a telephone number."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Written so that this file does not find itself.
PATTERNS = {
    "a registry's host": r"py[p]i\.org|python[h]osted\.org|registry\.npm[j]s|npm[m]irror|registry\.yarn[p]kg|deb\.deb[i]an\.org|jsdel[i]vr|unpk[g]\.com",
    "an index line": r"^\s*--(?:index-url|extra-index-url|find-links)\b",
    "a path of one machine": r"(?<![\w.])/(?:hom[e]|Use[r]s|roo[t])/[\w.]+/|(?<![\w.])/wor[k]/|/opt/wheel[s]",
    "a mobile number": r"(?<![\w.+/=-])1[3-9]\d{9}(?![\w+/=])",
    "a telephone number": r"(?<![\w.-])0\d{2,3}[-\s]\d{7,8}(?!\w)",
}
SKIPPED = ("static/vendor/", "package-lock.json")


def main() -> int:
    """Print every find as file:line; exit 1 if there was one."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True)
    if listing.returncode:
        print("Not a git copy: nothing to look at.")
        return 0
    found = 0
    for name in filter(None, listing.stdout.decode().split("\0")):
        path = ROOT / name
        if not path.is_file() or b"\0" in (content := path.read_bytes())[:8000]:
            continue
        for number, line in enumerate(content.decode(errors="replace").splitlines(), 1):
            for what, pattern in PATTERNS.items():
                if what != "a registry's host" and name.startswith(SKIPPED):
                    continue
                if re.search(pattern, line):
                    print(f"{name}:{number}: {what}: {line.strip()[:100]}")
                    found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
