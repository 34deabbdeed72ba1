"""The forms about people: set-up, sign-in, me, people."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from signoff.accounts import tokens
from signoff.accounts.models import Person


def password_field(label: Any, *, new: bool, required: bool = True) -> forms.CharField:
    """Return a field that password managers understand."""
    return forms.CharField(
        label=label,
        required=required,
        strip=False,
        max_length=200,
        help_text=later("At least 10 characters. A few words in a row are good.") if new else "",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password" if new else "current-password"}),
    )


def email_field() -> forms.EmailField:
    """Return a field for the address one signs in with."""
    return forms.EmailField(
        label=later("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )


class SetUpForm(forms.Form):
    name = forms.CharField(
        label=later("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = email_field()
    password = password_field(later("Password"), new=True)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = self.cleaned_data
        if data.get("password"):
            try:
                validate_password(
                    data["password"], Person(email=data.get("email", ""), name=data.get("name", ""))
                )
            except forms.ValidationError as error:
                self.add_error("password", error)
        return data


class SignInForm(forms.Form):
    email = email_field()
    password = password_field(later("Password"), new=False)
    next = forms.CharField(required=False, widget=forms.HiddenInput)


def code_field(label: Any) -> forms.CharField:
    """Return a field for a code, which phones offer to fill in."""
    return forms.CharField(
        label=label,
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "text", "spellcheck": "false"}
        ),
    )


class SecondStepForm(forms.Form):
    code = code_field(later("One-time code or recovery code"))


class CodeForm(forms.Form):
    code = code_field(later("Code that your phone shows now"))


class ProofForm(forms.Form):
    """Who are you? Password, and where a person has a second step a code too."""

    password = password_field(later("Password"), new=False)
    code = code_field(later("One-time code or recovery code"))
    next = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, with_password: bool, with_code: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not with_password:
            del self.fields["password"]
        if not with_code:
            del self.fields["code"]


class PasskeyForm(forms.Form):
    name = forms.CharField(
        label=later("A name for the device"), max_length=80, help_text=later("For example: Priya’s phone.")
    )


class MeForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's own class takes no type at run time
    name = forms.CharField(
        label=later("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    theme = forms.ChoiceField(
        label=later("Light or dark"),
        choices=[
            ("system", later("As my computer does it")),
            ("light", later("Light")),
            ("dark", later("Dark")),
        ],
    )
    single_keys = forms.BooleanField(
        label=later("One-letter keys"),
        required=False,
        help_text=later(
            "A approves, R rejects, J and K go to the next and the one before. Never while you type."
        ),
    )

    class Meta:
        model = Person
        fields = ("name", "theme", "single_keys")


class AwayForm(forms.Form):
    """When a person is out of office, and who decides for them."""

    from_on = forms.DateField(label=later("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    until_on = forms.DateField(label=later("Last day"), widget=forms.DateInput(attrs={"type": "date"}))
    cover = forms.ModelChoiceField(
        label=later("Who decides in my place"),
        queryset=Person.objects.none(),
        empty_label=later("Choose somebody"),
    )

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [one.pk for one in Person.objects.exclude(pk=person.pk) if one.may("review")]
        cover = self.fields["cover"]
        assert isinstance(cover, forms.ModelChoiceField)  # noqa: S101  # as it is declared above
        cover.queryset = Person.objects.filter(pk__in=others).order_by("name", "email")


class PasswordForm(forms.Form):
    old = password_field(later("Password now"), new=False)
    new = password_field(later("New password"), new=True)

    def __init__(self, person: Person, *args: Any, with_old: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        if not with_old or not person.has_usable_password():
            del self.fields["old"]

    def clean_old(self) -> str:
        old: str = self.cleaned_data["old"]
        if not self.person.check_password(old):
            raise forms.ValidationError(_("This is not your password."))
        return old

    def clean_new(self) -> str:
        new: str = self.cleaned_data["new"]
        validate_password(new, self.person)
        return new


ROLES = [
    ("reviewer", later("Reviewer: decides on drafts")),
    ("builder", later("Builder: decides, and changes integrations")),
    ("viewer", later("Viewer: looks")),
    ("owner", later("Owner: everything")),
]


def groups_field() -> forms.CharField:
    """Return a field for the groups of a person."""
    return forms.CharField(
        label=later("Groups"),
        required=False,
        max_length=200,
        help_text=later(
            "As integrations name them under review, with commas: sales, support. Empty: all drafts."
        ),
    )


class InviteForm(forms.Form):
    name = forms.CharField(label=later("Name"), max_length=120)
    email = forms.EmailField(label=later("E-mail address"))
    role = forms.ChoiceField(label=later("May"), choices=ROLES)
    groups = groups_field()


class PersonForm(forms.Form):
    name = forms.CharField(label=later("Name"), max_length=120)
    role = forms.ChoiceField(label=later("May"), choices=ROLES)
    groups = groups_field()


class AcceptForm(forms.Form):
    name = forms.CharField(
        label=later("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = password_field(later("Password"), new=True)


class RulesForm(forms.Form):
    second_step = forms.BooleanField(
        label=later("Everybody needs a second step"),
        required=False,
        help_text=later("Who has none yet is led to it after the password, before anything else."),
    )
    idle_hours = forms.TypedChoiceField(
        label=later("Sign out after, without use"),
        coerce=int,
        choices=[
            (1, later("1 hour")),
            (12, later("12 hours")),
            (72, later("3 days")),
            (336, later("14 days")),
        ],
    )
    longest_days = forms.TypedChoiceField(
        label=later("Sign out after, in any case"),
        coerce=int,
        choices=[(1, later("1 day")), (7, later("7 days")), (30, later("30 days")), (90, later("90 days"))],
    )


def day_field(label: Any, *, required: bool = False, help_text: Any = "") -> forms.DateField:
    """Return a field for a day, with the browser's own calendar."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )


LAST_DAY = date(9000, 1, 1)  # of what anybody can mean; a day more still is one


class TokenForm(forms.Form):
    """A new key for a program."""

    name = forms.CharField(
        label=later("What uses it"),
        max_length=tokens.NAME_MAX,
        help_text=later("For example: n8n, our shop."),
    )
    read = forms.BooleanField(
        label=later("Read"),
        required=False,
        help_text=later("Runs, integrations, connections; never their keys."),
    )
    review = forms.BooleanField(
        label=later("Decide on drafts"),
        required=False,
        help_text=later("See, approve, edit and reject drafts."),
    )
    propose = forms.BooleanField(
        label=later("Hand in records"),
        required=False,
        help_text=later(
            "Records to be signed off, and spreadsheets; for somebody who may build integrations."
        ),
    )
    build = forms.BooleanField(
        label=later("Build integrations"),
        required=False,
        help_text=later(
            "Change integrations, company facts and test sets, switch them on and off, and try records, which costs a "
            "little. For somebody who may build."
        ),
    )
    connect = forms.BooleanField(
        label=later("Connect apps"),
        required=False,
        help_text=later("Enter an app's key, test it, take it away; never read one. For an owner."),
    )
    people = forms.BooleanField(
        label=later("Manage people"),
        required=False,
        help_text=later(
            "Invite and remove people, sign them out, read who did what. Whoever has this key can let anybody in."
        ),
    )
    sign = forms.BooleanField(
        label=later("Sign for autopilot"),
        required=False,
        help_text=later(
            "In an owner's name, once it is earned. Give it to no program that decides by itself."
        ),
    )
    person = forms.ModelChoiceField(
        label=later("It acts for"),
        queryset=Person.objects.none(),
        empty_label=None,
        help_text=later("It can never do more than this person may, and ends with them."),
    )
    ends_on = day_field(
        later("Last day"), required=True, help_text=later("At most five years. We tell you a month before.")
    )

    def __init__(self, *args: Any, me: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Person.objects.filter(is_active=True).order_by("name", "email")
        self.fields["person"].queryset = people  # type: ignore[attr-defined]  # the field above
        self.fields["person"].initial = me.pk
        self.fields["ends_on"].initial = timezone.localdate() + timedelta(days=tokens.GOOD_FOR.days)

    def rights(self) -> list[str]:
        """Return what was ticked."""
        return [right for right in tokens.RIGHTS if self.cleaned_data.get(right)]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = self.cleaned_data
        if not self.rights():
            self.add_error("read", _("Choose at least one thing that it may do."))
        return data


class AuditForm(forms.Form):
    """What of the trail somebody wants to see."""

    who = forms.CharField(label=later("Who"), required=False, max_length=200)
    what = forms.CharField(label=later("What"), required=False, max_length=200)
    since = day_field(later("From"))
    until = day_field(later("To"))

    def wanted(self) -> dict[str, Any]:
        """Return the arguments of `accounts.audit.entries`; what does not fit is left out."""
        self.is_valid()
        data = self.cleaned_data
        found: dict[str, Any] = {name: data[name] for name in ("who", "what") if data.get(name)}
        for name, more in (("since", 0), ("until", 1)):
            if data.get(name):
                day = min(data[name], LAST_DAY) + timedelta(days=more)
                found[name] = timezone.make_aware(datetime.combine(day, time.min))
        return found
