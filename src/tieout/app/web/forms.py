"""What people type in to come in."""
from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_user_model, password_validation
from django.contrib.auth.validators import UnicodeUsernameValidator

NEW_PASSWORD = forms.PasswordInput(attrs={"autocomplete": "new-password"})


class FirstUser(forms.Form):
    name = forms.CharField(label="Your user name", max_length=150, validators=[UnicodeUsernameValidator()],
                           widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}))
    password = forms.CharField(label="Password", strip=False, max_length=500, widget=NEW_PASSWORD)
    again = forms.CharField(label="The same password again", strip=False, max_length=500, widget=NEW_PASSWORD)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        password, again = given.get("password"), given.get("again")
        if password and again and password != again:
            self.add_error("again", "The two passwords are not the same.")
        elif password:
            user = get_user_model()(username=given.get("name", ""))
            try:
                password_validation.validate_password(password, user)
            except forms.ValidationError as weak:
                self.add_error("password", weak)
        return given


class Login(forms.Form):
    name = forms.CharField(label="User name", max_length=150,
                           widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}))
    password = forms.CharField(label="Password", strip=False, max_length=500,
                               widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))
