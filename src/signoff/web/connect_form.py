"""The form by which an app is connected: its key or its sign-in, an address, and what else the app needs."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from signoff.connections.models import Connection
from signoff.connectors.manifest import PROVIDER, Manifest
from signoff.connectors.registry import DESCRIBED
from signoff.core.errors import InputRejected, SignoffError
from signoff.core.secret import Secret

SETTING = "setting_"


class KeyForm(forms.Form):
    """The form for an app that gives out keys."""

    name = forms.SlugField(
        label=later("A name for it"),
        max_length=60,
        help_text=later("Small letters, digits and hyphens. Integrations use this name."),
    )
    secret = forms.CharField(
        label=later("Key"),
        max_length=8000,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    base_url = forms.CharField(
        label=later("Another address"),
        required=False,
        max_length=300,
        help_text=later("Only for another provider that speaks the same language, or a practice app."),
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        return name.lower()


class SignInForm(forms.Form):
    """The form for an app one signs in at."""

    name = KeyForm.base_fields["name"]
    client_id = forms.CharField(label=later("Client id"), max_length=300)
    client_secret = forms.CharField(
        label=later("Client secret"),
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    base_url = KeyForm.base_fields["base_url"]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        return name.lower()


def initial_for(
    manifest: Manifest, old: Connection | None, chosen: dict[str, str], address: str = ""
) -> dict[str, str]:
    """Return what stands in the form at first: a name that is free and an address, or what the old connection has."""
    if old:
        return {"name": old.name, "base_url": old.base_url}
    # The names that the example files use, so that what is connected here is found there.
    is_mailbox = manifest.door == "mail"
    stem = (
        manifest.key
        if is_mailbox or manifest.auth.choose
        else chosen.get(PROVIDER, manifest.key.removeprefix(DESCRIBED))
    )
    what_for = "support" if is_mailbox else "sales" if manifest.kind == "mail" else "main"
    name = slugify(f"{stem}-{what_for}")
    taken = set(Connection.objects.filter(app=manifest.key).values_list("name", flat=True))
    number = 2
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    return {"name": name, "base_url": address}


def provider_in(request: HttpRequest, manifest: Manifest) -> dict[str, str]:
    """Return the provider that was chosen by a link on the page, or stands in the form that came."""
    given = request.POST.get(SETTING + PROVIDER) or request.GET.get(PROVIDER) or ""
    return {PROVIDER: given} if given in [one.name for one in manifest.auth.presets] else {}


def ask_for_settings(
    form: forms.Form, manifest: Manifest, old: Connection | None, chosen: dict[str, str]
) -> list[str]:
    """Add a field for each thing that the app needs beside its key; return the names of those few people need."""
    rare = []
    for setting in manifest.auth.settings:
        kept = (old.settings if old else chosen).get(setting.name) or setting.default
        common: dict[str, Any] = {
            "label": setting.label,
            "help_text": setting.help,
            # What is kept already need not be stated again with a new key.
            "required": setting.required and not setting.default and not (setting.secret and old),
            "initial": "" if setting.secret else kept,
        }
        if setting.name == PROVIDER:
            preset = manifest.auth.preset(chosen)
            common |= {"required": False, "initial": preset.name if preset else ""}
            field: forms.Field = forms.CharField(widget=forms.HiddenInput(), **common)
        elif setting.choices:
            shown = [(choice, choice or _("As usual")) for choice in setting.choices]
            field = forms.ChoiceField(choices=shown, **common)
        else:
            shape = forms.PasswordInput if setting.secret else forms.TextInput
            attrs = {"autocomplete": "off", "spellcheck": "false", "placeholder": setting.example}
            field = forms.CharField(max_length=2000, widget=shape(attrs=attrs), **common)
        form.fields[SETTING + setting.name] = field
        if setting.rare:
            rare.append(SETTING + setting.name)
    address = form.fields["base_url"]
    if manifest.auth.address_example:
        address.widget.attrs["placeholder"] = manifest.auth.address_example
    if manifest.door == "mail":
        address.widget = forms.HiddenInput()  # its servers are settings
    elif manifest.api.leads_nowhere and not manifest.auth.address:
        address.label, address.help_text = _("Address"), _("Each customer has one of their own there.")
        address.required = True
    elif manifest.auth.presets:
        rare.append("base_url")
    first = ["name", *(SETTING + setting.name for setting in manifest.auth.settings if setting.first)]
    rest = [name for name in form.fields if name not in (*first, "base_url")]
    form.order_fields([*first, *rest, "base_url"])
    return rare


def secret_in(manifest: Manifest, data: dict[str, Any]) -> Secret:
    """Return what was pasted: a key, or the two parts by which a program gets in alone."""
    if not manifest.auth.gets_in_alone:
        return Secret(data["secret"])
    parts = {name: data[name].strip() for name in ("client_id", "client_secret")}
    return Secret(json.dumps(parts))


def settings_in(manifest: Manifest, data: dict[str, Any]) -> dict[str, str]:
    """Return what was stated in the form for the app's own settings."""
    return {setting.name: data.get(SETTING + setting.name, "") for setting in manifest.auth.settings}


def at_fault(trouble: SignoffError | None) -> str:
    """Return the field of the form for the address or the setting that an app or its connector refused."""
    if not isinstance(trouble, InputRejected):
        return ""
    return trouble.field if trouble.field == "base_url" else SETTING + trouble.field
