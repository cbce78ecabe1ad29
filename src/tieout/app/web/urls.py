"""The addresses. They are shareable: filters, sorting and tabs stand in them."""
from __future__ import annotations

from django.urls import path

from tieout.app.web.views import account, connections, documents, problems, tie_out, today

urlpatterns = [
    path("", today.today, name="today"),
    path("look", today.look_now, name="look_now"),
    path("sync", today.sync_state, name="sync_state"),
    path("problems", problems.problems, name="problems"),
    path("problems/options", problems.options, name="options"),
    path("problems/<int:problem_id>/resolve", problems.resolve, name="resolve"),
    path("problems/decisions/<int:decision_id>/undo", problems.undo, name="undo"),
    path("documents", documents.documents, name="documents"),
    path("documents/approve", documents.approve_documents, name="approve"),
    path("documents/read/<slug:side>/<slug:kind>/<str:key>", documents.seen, name="seen"),
    path("documents/<slug:flow>/<path:slot>", documents.record, name="record"),
    path("tie-out", tie_out.tie_out, name="tie_out"),
    path("connections", connections.connections, name="connections"),
    path("connections/check", connections.check, name="check"),
    path("connections/<slug:name>/connect", connections.connect, name="connect"),
    path("connections/<slug:name>/callback", connections.callback, name="callback"),
    path("connections/<slug:name>/company", connections.company, name="company"),
    path("setup/<str:token>", account.setup, name="setup"),
    path("login", account.log_in, name="login"),
    path("logout", account.log_out, name="logout"),
]

handler400 = "tieout.app.web.views.errors.bad_request"
handler403 = "tieout.app.web.views.errors.forbidden"
handler404 = "tieout.app.web.views.errors.not_found"
handler500 = "tieout.app.web.views.errors.failed"
