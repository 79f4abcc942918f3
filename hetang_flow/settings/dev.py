"""One person's machine: private services, a secret key made at first use, mail on the console."""

from hetang_flow import env
from hetang_flow.settings.base import *  # noqa: F403

DEBUG = env.text("HETANG_DEBUG") == "1"
SECRET_KEY = env.text("HETANG_SECRET_KEY") or env.kept_secret("secret-key")
ALLOWED_HOSTS = env.listed("HETANG_ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = env.listed("HETANG_TRUSTED_ORIGINS")

# Static files are served from where they lie: no collectstatic before the first look.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
