from __future__ import annotations

import pytest

from signoff.connections.client import secret_setting
from signoff.connections.models import Connection
from signoff.connections.stating import keep_settings
from signoff.connectors.manifest import Setting
from signoff.connectors.registry import manifests
from signoff.core.errors import InputRejected

NUMBER = Setting(name="number", label="Phone number id", help="It stands under API setup.")
REGION = Setting(name="region", label="Region", choices=("eu", "us"), default="eu")
SIGNING = Setting(name="signing", label="App secret", secret=True, required=False)


@pytest.fixture
def manifest():
    real = manifests()["hubspot"]
    auth = real.auth.model_copy(update={"settings": (NUMBER, REGION, SIGNING)})
    return real.model_copy(update={"auth": auth})


@pytest.fixture
def row():
    return Connection(pk=7, name="acme", app="hubspot")


def test_what_is_stated_is_kept_and_what_is_secret_is_sealed(row, manifest):
    keep_settings(row, manifest, {"number": " 1065 ", "signing": "s3cret-marked"})

    assert row.settings == {"number": "1065"}
    assert b"s3cret-marked" not in row.settings_sealed
    assert secret_setting(row, "signing").reveal() == "s3cret-marked"
    assert secret_setting(row, "number") is None


def test_a_setting_that_is_missing_is_named_as_its_owner_knows_it(row, manifest):
    with pytest.raises(InputRejected) as caught:
        keep_settings(row, manifest, {})

    assert "“Phone number id” is missing. It stands under API setup." in caught.value.owner_message


def test_a_new_key_needs_no_setting_stated_again(row, manifest):
    keep_settings(row, manifest, {"number": "1065", "signing": "s3cret-marked", "region": "us"})

    keep_settings(row, manifest, {"number": "", "region": "eu"})

    assert row.settings == {"number": "1065", "region": "eu"}
    assert secret_setting(row, "signing").reveal() == "s3cret-marked"


@pytest.mark.parametrize(
    ("stated", "named"),
    [
        ({"no_such": "x"}, "no_such"),
        ({"region": "mars"}, "Region"),
        ({"number": "1\x002"}, "Phone number id"),
    ],
)
def test_what_cannot_be_set_is_refused_by_its_name(row, manifest, stated, named):
    with pytest.raises(InputRejected) as caught:
        keep_settings(row, manifest, {"number": "1"} | stated)

    assert named in caught.value.owner_message
