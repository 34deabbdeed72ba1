"""Finds every connector itself and holds it to what `base.py` and `manifest.py` promise."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from signoff.connectors import registry
from signoff.connectors.base import AiConnector, Connector, Params, Written
from signoff.connectors.manifest import PROVIDER
from signoff.connectors.signatures import SCHEMES
from signoff.core import errors
from signoff.outbound.address import parse_address

FOLDERS = sorted(path.parent for path in Path(registry.__file__).parent.glob("*/manifest.toml"))
APPS = [folder.name for folder in FOLDERS]
ACTIONS = [(app, name) for app in APPS for name in registry.connector_class(app).actions()]

# A parameter named like this says where something goes, so it must be a target.
WHERE = re.compile(
    r"(^|_)(to|cc|bcc|id|ids|email|recipient|contact|company|deal|owner|url|link|channel|phone)$"
)
CODES = re.compile(r"\b[45]\d\d\b|[A-Z]+_[A-Z]+|\bHTTP\b|Traceback|\bNone\b")


def names_of_providers(app: str) -> list[str]:
    return [one.name for one in registry.manifests()[app].auth.presets] or [""]


PROVIDERS = [(app, name) for app in APPS for name in names_of_providers(app) if name]


def offers(app: str, method: str) -> bool:
    cls = registry.connector_class(app)
    promised = [getattr(base, method, None) for base in (Connector, AiConnector)]
    return getattr(cls, method) not in promised


def offers_of_class(app: str, method: str) -> bool:
    return getattr(registry.connector_class(app), method).__func__ is not getattr(Connector, method).__func__


def test_there_are_connectors():
    assert {"hubspot", "gmail", "openai", "anthropic"} <= set(APPS)


@pytest.mark.parametrize("folder", FOLDERS, ids=APPS)
def test_a_connector_is_one_folder_of_data_code_and_tests(folder):
    found = {path.name for path in folder.iterdir() if path.name != "__pycache__"}
    needed = {"__init__.py", "manifest.toml", "connector.py", "tests"}

    assert needed <= found
    assert all(name.endswith(".py") for name in found - needed), (
        "besides these, only modules of the connector's own"
    )
    assert list((folder / "tests").glob("test_*.py")), "a connector without tests"


@pytest.mark.parametrize("folder", FOLDERS, ids=APPS)
def test_a_connector_uses_no_other_connectors_folder(folder):
    others = "|".join(app for app in APPS if app != folder.name)
    taken = re.compile(rf"signoff\.connectors\.(?:{others})\b")

    for path in folder.glob("*.py"):
        assert not taken.search(path.read_text()), f"{path.name} reaches into another app's folder"


@pytest.mark.parametrize("folder", FOLDERS, ids=APPS)
def test_the_one_class_of_a_connector_stands_in_connector_py(folder):
    classes = {
        path.name: re.findall(r"^class \w+\((?:Ai)?Connector\)", path.read_text(), re.MULTILINE)
        for path in folder.glob("*.py")
    }

    assert {name: len(found) for name, found in classes.items() if found} == {"connector.py": 1}


@pytest.mark.parametrize("app", APPS)
def test_the_manifest_is_complete(app):
    manifest = registry.manifests()[app]

    assert manifest.key == app
    assert manifest.summary.endswith(".")
    if manifest.door == "mail":
        assert not manifest.api.base_url, "a mailbox is at two servers, which its settings name"
    else:
        assert parse_address(manifest.api.base_url).scheme == "https"
        assert not manifest.api.base_url.endswith("/")
    assert manifest.api.docs.startswith("https://")
    assert date(2026, 1, 1) <= manifest.api.checked_on <= date.today()
    assert manifest.limits.requests_per_minute
    assert all(end.what and end.source for end in manifest.api.ends)
    assert manifest.api.ends or manifest.exempt.get("ends"), "no known end: say so under [exempt]"


@pytest.mark.parametrize("app", APPS)
def test_the_owner_is_told_step_by_step_where_the_key_is(app):
    auth = registry.manifests()[app].auth

    assert len(auth.where) >= 3
    assert all(step.endswith(".") for step in auth.where)
    assert auth.where_url.startswith("https://")
    if auth.kind == "oauth":
        one_signs_in_at(auth.oauth)
    else:
        assert "{key}" in auth.header
        assert auth.example


def one_signs_in_at(oauth):
    assert oauth is not None
    assert oauth.scopes or oauth.asks_the_server  # such a server names them itself
    for url in (oauth.authorize_url, oauth.token_url, oauth.revoke_url or "https://none.example"):
        assert parse_address(url).scheme == "https"


@pytest.mark.parametrize(("app", "provider"), PROVIDERS)
def test_a_provider_says_where_it_is_and_how_one_gets_in(app, provider):
    chosen = registry.manifest_for(app, {PROVIDER: provider})
    (preset,) = (one for one in chosen.auth.presets if one.name == provider)

    assert chosen.name == preset.label
    assert len(chosen.auth.where) >= 3
    assert all(step.endswith(".") for step in chosen.auth.where)
    assert chosen.auth.where_url.startswith("https://")
    assert "{key}" in chosen.auth.header
    assert chosen.limits.requests_per_minute
    assert date(2026, 1, 1) <= preset.checked_on <= date.today()
    if chosen.auth.kind == "oauth":
        one_signs_in_at(chosen.auth.oauth)
    if chosen.door == "mail":
        place = {"address": "ada@example.test", "imap_host": "imap.example.test"} if provider == "any" else {}
        mailbox = registry.connector_class(app).mailbox(
            {"address": "ada@example.test", PROVIDER: provider, **place}
        )
        assert "plain" not in (mailbox.imap.security, mailbox.smtp.security if mailbox.smtp else "")
    elif chosen.api.base_url:
        address = parse_address(chosen.api.base_url)
        assert address.scheme == "https" or address.host == "localhost"
        assert not chosen.api.base_url.endswith("/")
    else:
        assert preset.path
        assert parse_address(preset.address_example).scheme == "https"


def test_no_key_begins_like_the_keys_of_two():
    begins = [
        beginning
        for app in APPS
        for chosen in [registry.manifest_for(app, {PROVIDER: one}) for one in names_of_providers(app)]
        for beginning in chosen.auth.key_begins
    ]

    assert len(begins) == len(set(begins))
    assert all(len(beginning) >= 4 for beginning in begins)


@pytest.mark.parametrize("app", APPS)
def test_what_every_connector_offers_is_there(app):
    assert offers(app, "check")
    triggers = registry.connector_class(app).triggers
    if triggers:
        assert offers(app, "fields")
    if any(trigger.polled for trigger in triggers):
        assert offers(app, "changes")
        assert offers(app, "read")
    if any(trigger.pushed for trigger in triggers):
        assert offers(app, "receive")
    if issubclass(registry.connector_class(app), AiConnector):
        assert offers(app, "ask")
        assert offers(app, "models")


@pytest.mark.parametrize("app", APPS)
def test_an_app_that_tells_us_by_itself_says_how_it_signs_and_where_our_address_goes(app):
    manifest = registry.manifests()[app]
    pushed = any(trigger.pushed for trigger in registry.connector_class(app).triggers)

    # An app may also tell us of nothing that starts a run: that a button was pressed.
    assert (manifest.pushes is not None) == (pushed or offers_of_class(app, "handshake"))
    if manifest.pushes is not None:
        hidden = {setting.name for setting in manifest.auth.settings if setting.secret}
        assert manifest.pushes.secret in hidden | ({"client_secret"} if manifest.auth.oauth else set())
        assert manifest.pushes.signature in SCHEMES
        assert len(manifest.pushes.where) >= 2
        assert all(step.endswith(".") for step in manifest.pushes.where)


@pytest.mark.parametrize(("app", "name"), ACTIONS)
def test_an_action_that_is_allowed_only_for_a_while_names_another_for_afterwards(app, name):
    actions = registry.connector_class(app).actions()
    window = actions[name].window

    if window is not None:
        assert window.whom in actions[name].targets()
        assert actions[window.instead].effect == "write"
        assert actions[window.instead].window is None


@pytest.mark.parametrize(("app", "name"), ACTIONS)
def test_an_action_says_what_it_takes_and_gives(app, name):
    act = registry.connector_class(app).actions()[name]
    method = getattr(registry.connector_class(app), act.method)

    assert issubclass(act.params, Params)
    assert method.__annotations__["return"] in (Written, "Written")
    assert act.label[0].isupper()
    for field, info in act.params.model_fields.items():
        assert info.description, f"{app}.{name}.{field} has no description"


@pytest.mark.parametrize(("app", "name"), ACTIONS)
def test_where_something_goes_is_never_left_to_the_ai(app, name):
    act = registry.connector_class(app).actions()[name]

    says_where = {field for field in act.params.model_fields if WHERE.search(field)}

    assert says_where <= act.targets()


@pytest.mark.parametrize(("app", "name"), ACTIONS)
def test_a_write_that_must_not_be_repeated_can_be_looked_for(app, name):
    act = registry.connector_class(app).actions()[name]

    assert act.repeatable or act.effect == "read" or offers(app, "reconcile")


@pytest.mark.parametrize("app", APPS)
def test_a_notice_whose_answer_was_lost_can_be_looked_for(app):
    assert not offers(app, "tell") or offers(app, "reconcile")


@pytest.mark.parametrize(("app", "name"), ACTIONS)
def test_a_parameter_nobody_knows_is_refused_by_its_name(app, name):
    cls = registry.connector_class(app)

    with pytest.raises(errors.InputRejected) as caught:
        cls(None).perform(name, {"no_such_thing": "Ada Lovelace"}, "m")

    assert "Ada" not in str(caught.value)
    assert caught.value.field


@pytest.mark.parametrize("app", APPS)
def test_limits_are_read_from_any_headers_without_trouble(app):
    cls = registry.connector_class(app)
    strange = {
        f"{stem}-{part}": value
        for stem in ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "x-hubspot-ratelimit")
        for part in ("requests", "tokens", "max", "daily", "remaining")
        for value in ("-1", "many", "", "0")
    }

    assert cls.limits({}) == ()
    assert all(limit.limit > 0 for limit in cls.limits(strange))


@pytest.mark.parametrize("app", APPS)
def test_what_an_owner_reads_holds_no_codes(app):
    source = "\n".join(path.read_text() for path in (Path(registry.__file__).parent / app).glob("*.py"))
    said = re.findall(r"(?:owner_message|next_step)\"?[=:]\s*((?:f?\"[^\"]*\"\s*)+)", source)

    assert said or not registry.connector_class(app).actions(), "an app that can refuse must say so in words"
    for text in said:
        words = re.sub(r"\{\{?[^}]*\}\}?", "", text)
        assert not CODES.search(words), text
