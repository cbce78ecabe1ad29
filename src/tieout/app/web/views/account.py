"""Coming in and going out: the set-up link, logging in, logging out."""
from __future__ import annotations

from datetime import UTC, datetime

from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from tieout.app.web import throttle
from tieout.app.web.forms import FirstUser, Login
from tieout.app.web.setup_link import LinkIsSpent, check_link, create_first_user
from tieout.app.web.words import counted


@login_not_required
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest, token: str) -> HttpResponse:
    now = datetime.now(UTC)
    form = FirstUser(request.POST or None)
    try:
        check_link(token, now)
        if request.method == "POST" and form.is_valid():
            user = create_first_user(token, form.cleaned_data["name"], form.cleaned_data["password"], now)
            login(request, user, backend="django.contrib.auth.backends.ModelBackend")
            return redirect("today")
    except LinkIsSpent as spent:
        return render(request, "web/setup_spent.html", {"says": spent.says}, status=410)
    return render(request, "web/setup.html", {"form": form}, status=400 if form.errors else 200)


@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    target = wanted_page(request)
    if request.user.is_authenticated:
        return redirect(target)
    form = Login(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        refusal = tried(request, form.cleaned_data["name"], form.cleaned_data["password"])
        if not refusal:
            return redirect(target)
        status, words = refusal
        form.add_error(None, words)
    return render(request, "web/login.html", {"form": form, "next": target}, status=status)


def tried(request: HttpRequest, name: str, password: str) -> tuple[int, str] | None:
    """Logs the person in, or (status, why not). The words do not tell whether the name exists."""
    now, address = datetime.now(UTC), request.META.get("REMOTE_ADDR", "")[:64]
    wait = throttle.minutes_to_wait(name, address, now)
    if wait:
        return 429, f"Too many wrong tries. Wait {counted(wait, 'minute')}, then try again."
    user = authenticate(request, username=name, password=password)
    if user is None:
        throttle.note_failure(name, address, now)
        return 400, "This user name and password do not belong together."
    throttle.forget(name, address)
    login(request, user)
    return None


def wanted_page(request: HttpRequest) -> str:
    """Where the person was going, if that is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours else "/"


@login_not_required
@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("login")
