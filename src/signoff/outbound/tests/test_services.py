"""Services of apprise are asked from a process that may reach nothing but the internet, encrypted."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from signoff.core.secret import Secret
from signoff.outbound import services
from signoff.outbound.service_process import Rules
from signoff.outbound.tests.local import answer, local

HERE = frozenset({"127.0.0.1"})


@pytest.fixture
def heard():
    return []


@pytest.fixture
def there(heard):
    def take(asked):
        heard.append(asked)
        return answer(401 if "wrong" in asked.path else 200, {"ok": True})

    with local(take) as one:
        yield one


def at(there, path: str = "", scheme: str = "json") -> Secret:
    return Secret(there.url.replace("http://", f"{scheme}://") + path)


def test_a_message_arrives_at_a_host_that_is_allowed_by_name(there, heard):
    services.send(at(there), "HubSpot stopped", "14 records wait.", HERE)

    assert len(heard) == 1


def test_a_private_address_is_not_reached(there, heard):
    with pytest.raises(services.NotTaken, match="without encryption"):
        services.send(at(there), "A", "B")
    with pytest.raises(services.NotTaken, match="private network"):
        services.send(at(there, scheme="jsons"), "A", "B")

    assert heard == []


def test_a_name_that_leads_into_a_private_network_is_not_reached(there, heard):
    address = at(there, scheme="jsons").reveal().replace("127.0.0.1", "localhost")

    with pytest.raises(services.NotTaken, match="private network"):
        services.send(Secret(address), "A", "B")

    assert heard == []


def test_a_refusal_tells_its_status_and_not_the_address(there):
    with pytest.raises(services.NotTaken, match="It answered 401") as refused:
        services.send(at(there, "/wrong-hush-hush"), "A", "B", HERE)

    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("nonsense", "No service"),
        ("syslog://", "not asked over https"),
        ("mailto://someone:secret@example.com", "not asked over https"),
        ("jsons://example.com?verify=no", "certificate"),
    ],
)
def test_what_cannot_be_held_to_our_rules_is_not_used(address, why):
    with pytest.raises(services.NotUsable, match=why):
        services.name_of(Secret(address))


def test_known_services_are_named_and_nobody_is_asked():
    sid, token = "AC" + "a" * 32, "b" * 32

    assert services.name_of(Secret("tgram://123456789:abcdefg_hijklmnop/12315544/")) == "Telegram"
    assert services.name_of(Secret(f"twilio://{sid}:{token}@15551234567/15557654321")) == "Twilio"


PROBE = """
import json, sys
from signoff.outbound.service_process import Rules, Forbidden
rules = Rules(frozenset())
import requests, socket, subprocess, os
rules.hold()
tries = {
    "program": lambda: subprocess.run(["true"]),
    "shell": lambda: os.system("true"),
    "file": lambda: open(sys.argv[1]).read(),
    "write": lambda: open(sys.argv[1] + ".new", "w"),
    "socket": lambda: socket.create_connection(("127.0.0.1", 9), 1),
    "unix": lambda: socket.socket(socket.AF_UNIX).connect("/tmp/nothing"),
    "datagram": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("10.0.0.1", 514)),
    "metadata": lambda: requests.get("http://169.254.169.254/latest/"),
}
found = {}
for name, one in tries.items():
    try:
        one()
        found[name] = "allowed"
    except Forbidden as error:
        found[name] = error.why
    except Exception as error:
        found[name] = type(error).__name__
print(json.dumps(found))
"""


def test_in_that_process_no_program_file_or_private_address_can_be_reached(tmp_path):
    secret = tmp_path / "key"
    secret.write_text("the master key")

    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(secret)], capture_output=True, text=True, check=True
    )

    assert json.loads(done.stdout) == {
        "program": "not a web service",
        "shell": "not a web service",
        "file": "not a web service",
        "write": "not a web service",
        "socket": "private",
        "unix": "private",
        "datagram": "private",
        "metadata": "not encrypted",
    }


def test_the_folder_that_a_program_starts_in_is_not_readable_by_that(monkeypatch):
    monkeypatch.setattr(sys, "path", ["", "/", *sys.path])

    assert {"", "/"}.isdisjoint(Rules(frozenset()).readable)


def test_a_redirect_is_judged_anew(heard):
    def elsewhere(asked):
        heard.append(asked)
        return answer(307, headers={"location": f"http://localhost:{one.url.rpartition(':')[2]}/inside"})

    with local(elsewhere) as one, pytest.raises(services.NotTaken, match="without encryption"):
        services.send(at(one), "A", "B", HERE)

    assert len(heard) == 1


def test_a_service_that_does_not_answer_is_given_up(monkeypatch, there):
    monkeypatch.setattr(services, "SECONDS", 0.01)

    with pytest.raises(services.NotTaken, match="in time"):
        services.send(at(there), "A", "B", HERE)
