"""The web app's own rows: tries to log in that failed, so that guessing is slow on any number of processes."""

from __future__ import annotations

from django.db import models


class FailedLogin(models.Model):
    """One failed try. `name` is what was typed, lower case; rows are deleted when they are a day old."""

    name = models.CharField(max_length=150)
    address = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["name", "at"]), models.Index(fields=["address", "at"])]

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M}"
