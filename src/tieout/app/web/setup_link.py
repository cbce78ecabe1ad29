"""The one-time link with which the first person gets in. Only its hash is kept; nothing is ever mailed."""
from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse

from tieout.engine import trail
from tieout.engine.store.models import SetupLink

GOOD_FOR = timedelta(hours=24)


class LinkIsSpent(Exception):
    """The link was used, has expired, or someone is there already. `says` is for the person who opened it."""

    def __init__(self, says: str) -> None:
        super().__init__(says)
        self.says = says


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def make_setup_link(now: datetime) -> str:
    """A fresh link, whole; earlier ones that were not used stop working. Empty where a user exists already."""
    if get_user_model().objects.exists():
        return ""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        SetupLink.objects.filter(used_at__isnull=True).delete()
        SetupLink.objects.create(token_hash=hash_of(token), expires_at=now + GOOD_FOR)
    return settings.TIEOUT_BASE_URL + reverse("setup", args=[token])


def check_link(token: str, now: datetime) -> SetupLink:
    """The link, if it may still be used. Raises LinkIsSpent with the reason."""
    link = SetupLink.objects.filter(token_hash=hash_of(token)).first()
    if link is None:
        raise LinkIsSpent("This set-up link is not known. A newer one may have been printed since.")
    if link.used_at is not None:
        raise LinkIsSpent("This set-up link has been used. It works once.")
    if link.expires_at <= now:
        raise LinkIsSpent("This set-up link has expired. It is good for one day.")
    if get_user_model().objects.exists():
        raise LinkIsSpent("There is a user already, so this set-up link no longer works.")
    return link


def create_first_user(token: str, name: str, password: str, now: datetime) -> User:
    """Takes the link and makes the user in one step, so that two who open it at once make one user."""
    with transaction.atomic():
        link = check_link(token, now)
        if not SetupLink.objects.filter(pk=link.pk, used_at__isnull=True).update(used_at=now):
            raise LinkIsSpent("This set-up link has been used. It works once.")
        user = get_user_model().objects.create_superuser(username=name, password=password)
        trail.append("", [trail.Entry(kind="user", subject=f"user:{name}", by=name,
                                      says=f"{name} was made the first user, with the set-up link.")], now)
    return user
