"""Django's settings, all from the environment (docs: TIEOUT_HOME, TIEOUT_DATABASE_URL, TIEOUT_SECRET_KEY_FILE,
TIEOUT_BASE_URL, TIEOUT_LOG). Reading them makes the home folder and the key; the database is not touched."""
from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tieout.app.home import derived, made_home, root_key
from tieout.app.logs import logging_table
from tieout.app.stop import Stop

SQLITE_WAIT_S = 30
# synchronous=FULL: what was committed before a request left must survive a power cut.
SQLITE_START = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=30000; PRAGMA temp_store=MEMORY"
ENGINE_SCHEMA = "tieout_engine"


def sqlite_database(file: Path, test_file: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3", "NAME": str(file),
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": SQLITE_WAIT_S, "init_command": SQLITE_START},
        "TEST": {"NAME": str(test_file)},                    # a file: in memory nothing locks as on disk
    }


def postgresql_database(url: str) -> dict[str, Any]:
    """A postgresql:// address; what stands after `?` goes to libpq (sslmode=require)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as broken:
        raise Stop(f"TIEOUT_DATABASE_URL is not an address: {broken}. {URL_EXAMPLE}") from broken
    if parts.scheme not in ("postgresql", "postgres"):
        raise Stop(f"TIEOUT_DATABASE_URL begins with “{parts.scheme or url[:12]}”; tieout runs on PostgreSQL, "
                   f"or on its own SQLite file when this is not set. {URL_EXAMPLE}")
    name = unquote(parts.path.lstrip("/"))
    if not parts.hostname or not name:
        raise Stop(f"TIEOUT_DATABASE_URL names no {'database' if parts.hostname else 'host'}. {URL_EXAMPLE}")
    return {
        "ENGINE": "django.db.backends.postgresql", "NAME": name, "HOST": parts.hostname, "PORT": str(port or 5432),
        "USER": unquote(parts.username or ""), "PASSWORD": unquote(parts.password or ""),
        "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 10, **dict(parse_qsl(parts.query))},
    }


URL_EXAMPLE = "Write it like postgresql://user:password@host:5432/tieout"


def base_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Stop(f"TIEOUT_BASE_URL is “{text}”; write the address people open in their browser, "
                   "like https://tieout.example.com")
    return text.rstrip("/")


def seconds(name: str, usual: int) -> int:
    text = os.environ.get(name) or str(usual)
    if not text.isdigit() or int(text) < 1:
        raise Stop(f"{name} is “{text}”; write a whole number of seconds, like {usual}.")
    return int(text)


TIEOUT_HOME = made_home(os.environ.get("TIEOUT_HOME"))
_key_file = os.environ.get("TIEOUT_SECRET_KEY_FILE")
TIEOUT_KEY_FILE = Path(_key_file).expanduser().absolute() if _key_file else TIEOUT_HOME / "secret.key"
_root = root_key(TIEOUT_KEY_FILE)
TIEOUT_ENVELOPE_KEY = derived(_root, "envelopes")
SECRET_KEY = derived(_root, "django").hex()
TIEOUT_BASE_URL = base_url(os.environ.get("TIEOUT_BASE_URL") or "http://127.0.0.1:8420")
TIEOUT_BASE_URL_IS_SET = bool(os.environ.get("TIEOUT_BASE_URL"))

_database_url = os.environ.get("TIEOUT_DATABASE_URL", "")
DATABASES = {
    "default": postgresql_database(_database_url) if _database_url
    else sqlite_database(TIEOUT_HOME / "tieout.sqlite3", TIEOUT_HOME / "tests.sqlite3"),
}
# The durable engine keeps its own rows, which can be deleted: ours are the truth.
TIEOUT_ENGINE_FILE = TIEOUT_HOME / "engine.sqlite3"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "tieout.engine.store",
]
if find_spec("tieout.app.web") and find_spec("tieout.app.web.urls"):
    INSTALLED_APPS.append("tieout.app.web")
    ROOT_URLCONF = "tieout.app.web.urls"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "tieout.app.web.middleware.PageSecurity",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]},
}]
WSGI_APPLICATION = "tieout.app.wsgi.application"
DEBUG = False

_address = urlsplit(TIEOUT_BASE_URL)
ALLOWED_HOSTS = sorted({"127.0.0.1", "localhost", "[::1]", _address.hostname or "localhost"})
CSRF_TRUSTED_ORIGINS = [f"{_address.scheme}://{_address.netloc}"]
_https = _address.scheme == "https"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600                               # a working day
CSRF_FAILURE_VIEW = "tieout.app.web.views.errors.stale_form"
SESSION_COOKIE_NAME = "tieout_session"
CSRF_COOKIE_NAME = "tieout_csrf"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"

LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True                                # files come from the package: nothing to collect
LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logging_table(os.environ.get("TIEOUT_LOG", ""))

# How often the worker starts a turn of each pair by itself.
TIEOUT_TURN_EVERY_S = seconds("TIEOUT_TURN_EVERY_S", 60)
# How long a write without an answer is left alone before it is looked up. The client gives up before that.
TIEOUT_PATIENCE_S = seconds("TIEOUT_PATIENCE_S", 200)
