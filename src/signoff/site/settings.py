"""Django's settings. What an owner may set is in the environment (INTERFACE: "Environment"), nothing else."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONE, SELF

from signoff.core.home import public_url
from signoff.vault.keys import derived, derived_before


def _database(url: str) -> dict[str, Any]:
    """Return Django's database settings for a postgres:// address."""
    parts = urlsplit(url)
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    # Parameters travel apart from the statement, so that the server plans each statement once a connection.
    # "no" is for a pooler that gives each transaction another connection (PgBouncer before 1.21).
    prepared = os.environ.get("SIGNOFF_DB_PREPARED", "yes") != "no"
    options |= {"server_side_binding": True, "prepare_threshold": 3 if prepared else None}
    # One small pool a process, shared by its threads: a thread that waits for an AI holds no connection. By a socket of
    # this machine another one is there in milliseconds, so that none is kept while there is nothing to do.
    by_socket = "%2F" in parts.netloc
    options["pool"] = {
        "min_size": 0 if by_socket else 1,
        "max_size": int(os.environ.get("SIGNOFF_DB_CONNECTIONS", "5")),
        "timeout": 60,
        "max_idle": 2,  # each connection that is kept costs the server some 4 MB
        "num_workers": 1,
    }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.netloc.split("@")[-1] if by_socket else parts.hostname or ""),
        "PORT": "" if by_socket else str(parts.port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": 0,
        "DISABLE_SERVER_SIDE_CURSORS": True,  # so that PgBouncer in transaction mode works
        "ATOMIC_REQUESTS": False,
    }


_url = urlsplit(public_url())

SECRET_KEY = derived("django").hex()
# After a change of the master key, people who signed in before it stay signed in.
SECRET_KEY_FALLBACKS = [old.hex() for old in derived_before("django")]
DEBUG = False
ALLOWED_HOSTS = ["*"]  # the address people use is theirs to choose; nothing is built from the Host header
CSRF_TRUSTED_ORIGINS = [f"{_url.scheme}://{_url.netloc}"]
USE_X_FORWARDED_HOST = False

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
    "django_htmx",
    "lucide",
    "csp",
    "procrastinate.contrib.django",
    "signoff.accounts",
    "signoff.connections",
    "signoff.prompts",
    "signoff.pacing",
    "signoff.integrations",
    "signoff.runs",
    "signoff.review",
    "signoff.proving",
    "signoff.versions",
    "signoff.hooks",
    "signoff.monitoring",
    "signoff.engine",
    "signoff.web",
]

MIDDLEWARE = [
    "signoff.web.proxies.Proxies",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "signoff.web.answering.Answering",
    "signoff.api.limits.Limits",
    "signoff.api.reading.InPieces",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "signoff.site.urls"
WSGI_APPLICATION = "signoff.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "signoff.web.context.everywhere",
            ],
            "builtins": [
                "django.templatetags.static",
                "django.templatetags.i18n",
                "lucide.templatetags.lucide",
            ],
        },
    }
]

DATABASES = {"default": _database(os.environ.get("DATABASE_URL", "postgres://nobody@localhost/none"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Person"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"

_https = _url.scheme == "https"
# Under https a browser takes a cookie of this name from us alone, not from another program of the same domain.
_host_only = "__Host-" if _https else ""
SESSION_ENGINE = "signoff.accounts.sessions"
SESSION_COOKIE_NAME = f"{_host_only}signoff"
SESSION_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 90  # the cookie's; how long a sign-in lasts is for accounts.rules to say
CSRF_COOKIE_NAME = f"{_host_only}csrftoken"
CSRF_COOKIE_SECURE = _https
CSRF_COOKIE_HTTPONLY = True
CSRF_USE_SESSIONS = False
CSRF_FAILURE_VIEW = "signoff.web.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31536000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "object-src": [NONE],
        "img-src": [SELF, "data:"],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
# The first one stops what is too large, before the others write it to the disk.
FILE_UPLOAD_HANDLERS = [
    "signoff.web.file_cap.FileCap",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

LANGUAGE_CODE = "en"
TIME_ZONE = os.environ.get("TZ") or "UTC"
USE_TZ = True
USE_I18N = True

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = None
PROCRASTINATE_IMPORT_PATHS = [
    "signoff.engine.jobs",
    "signoff.engine.proofs",
    "signoff.engine.drills",
    "signoff.engine.uploads",
    "signoff.engine.schedules",
    "signoff.engine.batches",
    "signoff.engine.hooks",
    "signoff.engine.backups",
]

LOGGING_CONFIG = None  # the commands set up structlog; see signoff.cli.logs
