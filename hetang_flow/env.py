"""What the environment may say: every HETANG_* variable is read here, once, with its meaning."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from hetang_flow.lib import local_services

# One is read by programs, the other typed by people.
RANDOM_BYTES = {"secret-key": 48, "demo-password": 9}
BASE_DIR = Path(__file__).resolve().parent.parent


def text(name: str, default: str = "") -> str:
    """Return the variable without blanks around it; an empty one counts as unset."""
    return os.environ.get(name, "").strip() or default


def required(name: str, meaning: str) -> str:
    """Return the variable, or refuse to start with a sentence that says what it is."""
    value = text(name)
    if not value:
        raise ImproperlyConfigured(f"{name} is not set: {meaning}")
    return value


def listed(name: str) -> list[str]:
    """Return the parts of a comma-separated variable."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


def number(name: str, default: int) -> int:
    """Return a whole number; anything else refuses to start."""
    value = text(name, str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def var() -> Path:
    """Return the folder of everything this copy keeps: database, evidence, secret key."""
    return Path(text("HETANG_VAR", str(BASE_DIR / "var"))).resolve()


def database_url() -> str:
    """Return HETANG_DATABASE_URL, or the address of the private server."""
    return text("HETANG_DATABASE_URL") or local_services.database_url(var())


def redis_url() -> str:
    """Return HETANG_REDIS_URL, or the address of the private server."""
    return text("HETANG_REDIS_URL") or local_services.redis_url(var())


def database(url: str, *, options: dict[str, Any]) -> dict[str, Any]:
    """Turn postgresql://user:password@host:port/name?host=/socket into Django's settings."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise ImproperlyConfigured(
            "HETANG_DATABASE_URL must look like postgresql://user:password@host:5432/name."
        )
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", unquote(parts.hostname or "")),
        "PORT": str(parts.port or ""),
        "OPTIONS": {**options, **query},
    }


def kept_secret(name: str) -> str:
    """Return the random secret stored as `name` in the state folder, making it at first use."""
    path = var() / name
    path.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(secrets.token_urlsafe(RANDOM_BYTES[name]))
    except FileExistsError:
        pass
    for _ in range(100):  # another process may be between creating and writing it
        if value := path.read_text():
            return value
    raise ImproperlyConfigured(f"{path} is empty: delete it to have a new one made.")
