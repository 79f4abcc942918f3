"""A server that others rely on: nothing is guessed; what is missing refuses to start."""

from hetang_flow import env
from hetang_flow.settings.base import *  # noqa: F403
from hetang_flow.settings.base import DATABASES, STORAGES

env.required("HETANG_DATABASE_URL", "the address of PostgreSQL, postgresql://user:password@host:5432/name.")
env.required("HETANG_REDIS_URL", "the address of Valkey or Redis, redis://host:6379/0.")

DEBUG = False
SECRET_KEY = env.required("HETANG_SECRET_KEY", "a long random text that signs sessions; keep it secret.")
ALLOWED_HOSTS = env.listed("HETANG_ALLOWED_HOSTS") or [
    env.required("HETANG_ALLOWED_HOSTS", "the host names people type, separated by commas.")
]
CSRF_TRUSTED_ORIGINS = env.listed("HETANG_TRUSTED_ORIGINS") or [f"https://{host}" for host in ALLOWED_HOSTS]

DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": env.number("HETANG_DATABASE_POOL", 10)}
STORAGES["staticfiles"] = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}

SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = env.text("HETANG_SSL_REDIRECT", "1") == "1"
SECURE_HSTS_SECONDS = env.number("HETANG_HSTS_SECONDS", 0)
if env.text("HETANG_BEHIND_PROXY") == "1":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

if env.text("HETANG_EMAIL_HOST"):
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = env.text("HETANG_EMAIL_HOST")
    EMAIL_PORT = env.number("HETANG_EMAIL_PORT", 465)
    EMAIL_HOST_USER = env.text("HETANG_EMAIL_USER")
    EMAIL_HOST_PASSWORD = env.text("HETANG_EMAIL_PASSWORD")
    EMAIL_USE_SSL = EMAIL_PORT == 465
    EMAIL_USE_TLS = not EMAIL_USE_SSL
    EMAIL_TIMEOUT = 20
