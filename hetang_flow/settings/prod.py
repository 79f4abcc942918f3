"""A server that others rely on: nothing is guessed; what is missing refuses to start."""

from django.core.exceptions import ImproperlyConfigured

from hetang_flow import env, minimum
from hetang_flow.settings.base import *  # noqa: F403
from hetang_flow.settings.base import DATABASES, OIDC_ISSUER, SILENCED_SYSTEM_CHECKS, STORAGES, TRUSTED_PROXY

SHORTEST_SECRET, FEWEST_SIGNS = 50, 10
ONE_YEAR = 365 * 24 * 3600

env.required("HETANG_DATABASE_URL", "the address of PostgreSQL, postgresql://user:password@host:5432/name.")
env.required("HETANG_REDIS_URL", "the address of Valkey or Redis, redis://host:6379/0.")

if too_old := minimum.too_old():
    raise ImproperlyConfigured(" ".join(too_old))

DEBUG = False
if env.text("HETANG_DEBUG") == "1":
    raise ImproperlyConfigured(
        "HETANG_DEBUG=1 shows the inside of the system to everybody: not in production."
    )
SECRET_KEY = env.required("HETANG_SECRET_KEY", "a long random text that signs sessions; keep it secret.")
if len(SECRET_KEY) < SHORTEST_SECRET or len(set(SECRET_KEY)) < FEWEST_SIGNS:
    raise ImproperlyConfigured(
        f"HETANG_SECRET_KEY is too easily guessed: {SHORTEST_SECRET} random signs at least, as from `openssl rand -base64 48`."
    )
# Yesterday's secrets still open sessions and sealed fields, and sign nothing new.
SECRET_KEY_FALLBACKS = env.listed("HETANG_SECRET_KEY_OLD")
# Apart from the secret, which is changed and forgotten: what is sealed stays sealed for years.
env.required("HETANG_FIELD_KEYS", "long random texts that seal cases, the newest first; keep them secret.")
FIELD_KEYS = env.listed("HETANG_FIELD_KEYS")
if any(len(key) < SHORTEST_SECRET or len(set(key)) < FEWEST_SIGNS for key in FIELD_KEYS):
    raise ImproperlyConfigured(
        f"HETANG_FIELD_KEYS are too easily guessed: {SHORTEST_SECRET} random signs each, as from `openssl rand -base64 48`."
    )
ALLOWED_HOSTS = env.listed("HETANG_ALLOWED_HOSTS") or [
    env.required("HETANG_ALLOWED_HOSTS", "the host names people type, separated by commas.")
]
if "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured(
        "HETANG_ALLOWED_HOSTS names each host; * would believe whatever a request says."
    )
CSRF_TRUSTED_ORIGINS = env.listed("HETANG_TRUSTED_ORIGINS") or [f"https://{host}" for host in ALLOWED_HOSTS]
PUBLIC_URL = env.text("HETANG_PUBLIC_URL", f"https://{ALLOWED_HOSTS[0]}")
if not PUBLIC_URL.startswith("https://"):
    raise ImproperlyConfigured(
        "HETANG_PUBLIC_URL must begin with https://: letters lead people there to sign in."
    )

if OIDC_ISSUER:
    if not OIDC_ISSUER.startswith("https://"):
        raise ImproperlyConfigured("HETANG_OIDC_ISSUER must begin with https://: it says who somebody is.")
    env.required("HETANG_OIDC_CLIENT", "the name this site has at the single sign-on.")
    env.required("HETANG_OIDC_SECRET", "what this site proves itself with at the single sign-on.")

DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": env.number("HETANG_DATABASE_POOL", 10)}
STORAGES["staticfiles"] = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}

SESSION_COOKIE_SECURE = True
PHONE_COOKIE = "__Host-hetang_phone"
CSRF_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = env.text("HETANG_SSL_REDIRECT", "1") == "1"
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # asked inside the house, without TLS
SECURE_HSTS_SECONDS = env.number("HETANG_HSTS_SECONDS", ONE_YEAR)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
# Preloading is a promise of a whole domain to the makers of browsers; it is not ours to give.
SILENCED_SYSTEM_CHECKS += ["security.W021"]
if env.text("HETANG_BEHIND_PROXY") == "1":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    if not TRUSTED_PROXY:
        raise ImproperlyConfigured(
            "HETANG_BEHIND_PROXY=1 needs HETANG_TRUSTED_PROXY, the proxies' networks: otherwise everybody has the proxy's "
            "address, and one person's wrong passwords lock all others out."
        )

if env.text("HETANG_EMAIL_HOST"):
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = env.text("HETANG_EMAIL_HOST")
    EMAIL_PORT = env.number("HETANG_EMAIL_PORT", 465)
    EMAIL_HOST_USER = env.text("HETANG_EMAIL_USER")
    EMAIL_HOST_PASSWORD = env.text("HETANG_EMAIL_PASSWORD")
    EMAIL_USE_SSL = EMAIL_PORT == 465
    EMAIL_USE_TLS = not EMAIL_USE_SSL
    EMAIL_TIMEOUT = 20
