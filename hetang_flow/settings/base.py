"""Settings shared by every way of running; what differs is in dev, test and prod."""

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from hetang_flow import env

BASE_DIR = env.BASE_DIR
VAR_DIR = env.var()

ROOMS = [
    "permissions",
    "notifications",
    "flows.journal",
    "flows.deadlines",
    "flows.engine",
    "flows.files",
    "flows.accounts",
    "flows.policies",
    "flows.campaigns",
    "flows.projects",
    "flows.taskforces",
    "flows.figures",
    "flows.timetables",
    "flows.pool",
    "flows.ledgers",
    "flows.targets",
    "flows.obligations",
    "flows.obstacles",
    "flows.lights",
    "flows.supervision",
    "flows.inspections",
    "flows.discipline",
    "flows.agenda",
    "flows.cards",
    "flows.plan",
]

INSTALLED_APPS = [
    "hetang_flow",
    *ROOMS,
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "viewflow",
    "viewflow.workflow",
    "guardian",
    "pgtrigger",
    "procrastinate.contrib.django",
    "channels",
    "allauth",
    "allauth.account",
    "allauth.usersessions",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
]

MIDDLEWARE = [
    "permissions.middleware.AccessLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "hetang_flow.readable.ReadableMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "hetang_flow.sessions.SessionMiddleware",
    "hetang_flow.second_factor.SecondFactorMiddleware",
    "hetang_flow.limits.LimitMiddleware",
    "hetang_flow.errors_http.RefusalMiddleware",
]

ROOT_URLCONF = "hetang_flow.urls"
ASGI_APPLICATION = "hetang_flow.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hetang_flow.context_processors.shell",
            ],
        },
    }
]

# --- database, cache, hints, jobs ---

DATABASE_LIMITS = {
    "lock_timeout": "2s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
}
DATABASES = {
    "default": env.database(
        env.database_url(),
        options={
            "application_name": "hetang_flow",
            "options": " ".join(f"-c {name}={limit}" for name, limit in DATABASE_LIMITS.items()),
        },
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Sessions are rows and the cache is each process's own, so a Valkey that is down delays no page and no decision.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        # redis-py 8 closes a socket that is idle for 5 s unless it is told not to.
        "CONFIG": {"hosts": [{"address": env.redis_url(), "socket_timeout": None}], "prefix": "hetang"},
    }
}

SILENCED_SYSTEM_CHECKS: list[str] = []

# Proxies of our own, as networks: only what they say about where a request came from is believed.
TRUSTED_PROXY = env.listed("HETANG_TRUSTED_PROXY")

# clamd or its like, unix:///run/clamav/clamd.ctl or tcp://host:3310; whatever comes in is read by it first.
MALWARE_SCANNER = env.text("HETANG_MALWARE_SCANNER")

# Half a year is what the law asks for at least (Cybersecurity Law, article 21); the database refuses to remove less old rows.
ACCESS_LOG_DAYS = max(env.number("HETANG_ACCESS_LOG_DAYS", 400), 184)

# Who asks for the numbers of health/metrics has to bear this; without one there is no such page.
METRICS_TOKEN = env.text("HETANG_METRICS_TOKEN")

# --- people ---

AUTH_USER_MODEL = "permissions.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "hetang_flow.passwords.Classes"},
    {"NAME": "hetang_flow.passwords.Words"},
    {"NAME": "hetang_flow.passwords.History"},
]
# 0 lets a password grow old.
PASSWORD_DAYS = env.number("HETANG_PASSWORD_DAYS", 90)
# How long a phone opens with a PIN after its owner signed in on it: docs/decisions/0040.
PHONE_DAYS = env.number("HETANG_PHONE_DAYS", 7)
PHONE_COOKIE = "hetang_phone"
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "hetang_flow.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = LOGOUT_REDIRECT_URL
ACCOUNT_SESSION_REMEMBER = None
# Counted by the house itself, in the database: docs/decisions/0035.
ACCOUNT_RATE_LIMITS = False

# --- the second factor: docs/decisions/0038 ---

MFA_ADAPTER = "hetang_flow.second_factor.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "hetang_flow.second_factor.CodeForm",
    "reauthenticate": "hetang_flow.second_factor.AgainForm",
    "authenticate_webauthn": "hetang_flow.second_factor.KeyForm",
}
MFA_TOTP_TOLERANCE = 1  # half a minute to either side: telephones' clocks are no better
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"

# --- single sign-on, an option: docs/decisions/0041 ---

OIDC_ISSUER = env.text("HETANG_OIDC_ISSUER").removesuffix("/")
OIDC_NAME = env.text("HETANG_OIDC_NAME", "统一身份认证")
SOCIALACCOUNT_ADAPTER = "hetang_flow.single_sign_on.SocialAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "SCOPE": ["openid"],
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "oidc",
                "name": OIDC_NAME,
                "client_id": env.text("HETANG_OIDC_CLIENT"),
                "secret": env.text("HETANG_OIDC_SECRET"),
                "settings": {"server_url": OIDC_ISSUER, "fetch_userinfo": False},
            }
        ]
        if OIDC_ISSUER
        else [],
    }
}

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

# --- language and time ---

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- files ---

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Ours alone: viewflow brings 49 MB of pages we do not serve, with links that hashed names stumble over.
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
STATIC_ROOT = env.text("HETANG_STATIC_ROOT") or BASE_DIR / "staticfiles"
EVIDENCE_ROOT = VAR_DIR / "evidence"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": EVIDENCE_ROOT, "base_url": None, "file_permissions_mode": 0o600},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# --- what a browser may do ---

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # Tabler draws ticks and carets from data images in its style sheet
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

# --- mail and log ---

EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
EMAIL_TIMEOUT = 10
PUBLIC_URL = env.text("HETANG_PUBLIC_URL", "http://localhost:8000")
DEFAULT_FROM_EMAIL = env.text("HETANG_FROM_EMAIL", "hetang-flow@localhost")

# Which chat bots people may choose, and where the services of these bots listen: their makers', unless an
# installation of one's own is named.
CHAT_BOTS = [
    name for name in env.listed("HETANG_CHAT_BOTS") or ["dingtalk", "wecom", "feishu"] if name != "none"
]
CHAT_HOSTS = {
    "dingtalk": env.text("HETANG_DINGTALK_URL", "https://oapi.dingtalk.com"),
    "wecom": env.text("HETANG_WECOM_URL", "https://qyapi.weixin.qq.com"),
    "feishu": env.text("HETANG_FEISHU_URL", "https://open.feishu.cn"),
}

LOG_LEVEL = env.text("HETANG_LOG_LEVEL", "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "hetang_flow.lib.unsaid.UnsaidFormatter",
            "format": "{asctime} {levelname:<7} {name}: {message}",
            "style": "{",
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "propagate": True, "level": LOG_LEVEL},
        "django.server": {"handlers": [], "propagate": True},
        "django.channels.server": {"level": "WARNING"},
        "daphne": {"level": "WARNING"},
        # Scanners ask for hosts that are not ours all day; the access log has each of them.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "procrastinate": {"level": "WARNING"},
        # Both repeat addresses with the secrets in them.
        "apprise": {"level": "CRITICAL"},
        "urllib3": {"level": "ERROR"},
    },
}

# The first seals the texts of the compartment, all open them; without any, the site's own secret does (flows.discipline.sealed).
FIELD_KEYS = env.listed("HETANG_FIELD_KEYS")
