"""`tieout user`: who may log in."""
from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tieout.app.cli.common import AsJson, answer, answer_json, now, start, who
from tieout.app.stop import Stop

if TYPE_CHECKING:
    from django.contrib.auth.models import User

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Who may log in.")
PasswordFile = Annotated[Path | None, typer.Option("--password-file", help="A file with the password; - reads it from "
                                                   "standard input. Left out: it is asked for.")]


@app.command()
def add(name: str, password_file: PasswordFile = None) -> None:
    """Add a user."""
    start()
    from django.contrib.auth.models import User
    from django.core.exceptions import ValidationError
    from django.db import transaction

    there = User.objects.filter(username__iexact=name).first()
    if there is not None:
        raise Stop(f"There is a user {there.username} already. tieout user reset {there.username} sets a new password.")
    made = User(username=name, is_staff=True, is_superuser=True)
    try:
        made.full_clean(exclude=["password"])
    except ValidationError as wrong:
        raise Stop(f"“{name}” cannot be a user name: {' '.join(wrong.messages)}") from wrong
    made.set_password(_password(made, password_file))
    with transaction.atomic():
        made.save()
        _note(made, "was added")
    answer(f"{name} was added.")


@app.command("list")
def list_users(as_json: AsJson = False) -> None:
    """Who there is, and when each was last here."""
    start()
    from django.contrib.auth.models import User

    users = list(User.objects.order_by("username"))
    if as_json:
        answer_json({"users": [{"name": one.username, "active": one.is_active, "added": one.date_joined,
                                "last_login": one.last_login} for one in users]})
        return
    for one in users:
        last = f"last here {one.last_login:%Y-%m-%d %H:%M}" if one.last_login else "never logged in"
        answer(f"{one.username}  {last}{'' if one.is_active else '  (may not log in)'}")
    if not users:
        answer("There is no user yet. tieout serve prints a link to make the first, or: tieout user add NAME")


@app.command()
def reset(name: str, password_file: PasswordFile = None) -> None:
    """Set a new password; whoever is logged in by the old one is logged out."""
    start()
    from django.contrib.auth.models import User
    from django.db import transaction

    user = User.objects.filter(username=name).first()
    if user is None:
        raise Stop(f"There is no user {name}. tieout user list shows them.")
    user.set_password(_password(user, password_file))
    with transaction.atomic():
        user.save()
        _note(user, "was given a new password")
    answer(f"{name} has a new password.")


def _note(user: User, what: str) -> None:
    from tieout.engine import trail

    trail.append("", [trail.Entry(kind="user", subject=f"user:{user.username}", by=who(),
                                  says=f"{user.username} {what} from the command line.")], now())


def _password(user: User, file: Path | None) -> str:
    """Never from an argument: other users of the machine can read those."""
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    if file is None and not sys.stdin.isatty():
        raise Stop("Give the password with --password-file FILE, or --password-file - for standard input.")
    if file is None:
        text = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != text:
            raise Stop("The two are not the same. Nothing was changed.")
    else:
        try:
            text = (sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")).rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as refused:
            raise Stop(f"The file {file} cannot be read: {getattr(refused, 'strerror', None) or 'it is not text'}.") \
                from refused
    try:
        validate_password(text, user)
    except ValidationError as weak:
        raise Stop(f"This password is not taken: {' '.join(weak.messages)}") from weak
    return text
