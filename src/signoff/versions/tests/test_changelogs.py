"""Vendors' changelogs: read once a day; what names a version or a model of ours is news, and nothing else is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.http import http_date

from signoff.connections.models import Connection
from signoff.connectors.registry import manifests
from signoff.core import clock
from signoff.outbound.tests.local import answer, local
from signoff.versions import changelogs
from signoff.versions.changelogs import NoFeed, parse
from signoff.versions.models import Announcement, Changelog

pytestmark = pytest.mark.django_db

NOW = http_date(clock.now().timestamp())
LONG_AGO = http_date((clock.now() - timedelta(days=100)).timestamp())


def rss(*items: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Changes</title>'
        f"{''.join(items)}</channel></rss>"
    ).encode()


def item(
    title: str, text: str = "", guid: str = "", when: str = NOW, link: str = "https://example.com/x"
) -> str:
    return (
        f"<item><title>{title}</title><link>{link}</link><guid>{guid or title}</guid><pubDate>{when}</pubDate>"
        f"<description>{text}</description></item>"
    )


ATOM = b"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Changes</title>
<entry><title type="html">gpt-4o &amp;amp; friends retire</title><id>tag:1</id><updated>2026-11-20T08:00:00Z</updated>
<link rel="self" href="https://example.com/self"/><link rel="alternate" href="https://example.com/retire"/>
<summary>On 14 January.</summary></entry></feed>"""


def read(app, body, headers=None, status=200):
    with local(lambda asked: answer(status, body, headers=headers)) as server:
        return changelogs.read(app, f"{server.url}/changelog.xml")


def test_an_entry_that_names_what_we_use_is_news_once(house):
    body = rss(
        item(
            "Version 2026-09 gets stricter writes", "&lt;p&gt;Rules are &lt;b&gt;enforced&lt;/b&gt;&lt;/p&gt;"
        ),
        item("A new colour", "nothing that anybody uses"),
        item("2026-090 is another thing, and v2026-09 too"),
    )

    assert read("hubspot", body) == 1
    assert read("hubspot", body) == 0

    (row,) = changelogs.lately()
    assert (row.title, row.names) == ("Version 2026-09 gets stricter writes", ["2026-09"])
    assert row.link == "https://example.com/x"
    assert Changelog.objects.get(app="hubspot").problem == ""


def test_a_model_is_found_in_an_atom_feed(house):
    assert read("openai", ATOM) == 1

    (row,) = changelogs.lately()
    assert (row.title, row.link) == ("gpt-4o & friends retire", "https://example.com/retire")
    assert str(row.published_on) == "2026-11-20"


def test_what_is_old_is_no_news(house):
    assert read("hubspot", rss(item("2026-09 was announced", when=LONG_AGO))) == 0


def test_a_link_that_is_no_web_address_is_left_out(house):
    read("hubspot", rss(item("2026-09 ends", link="javascript:alert(1)")))

    assert Announcement.objects.get().link == ""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Sign in</body></html>",
        b"{}",
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><rss><channel><item>'
        b"<title>&b;</title></item></channel></rss>",
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><rss><item><title>&f;</title></item>'
        b"</rss>",
        b'<?xml version="1.0" encoding="nonsense"?><rss/>',
        b"<rss><channel><item>",
    ],
)
def test_what_is_no_feed_or_could_do_harm_is_refused_and_said(house, body):
    with pytest.raises(NoFeed):
        list(parse(body))

    assert read("hubspot", body) == 0
    assert Changelog.objects.get(app="hubspot").problem.startswith("The changelog could not be read")


@pytest.mark.parametrize("status", [301, 403, 404, 500])
def test_a_changelog_that_does_not_answer_says_so_and_stops_nothing(house, status):
    assert read("hubspot", b"", status=status) == 0
    assert str(status) in Changelog.objects.get(app="hubspot").problem


def test_a_vendor_may_answer_that_nothing_is_new(house):
    asked = []

    def told(request):
        asked.append(request.headers)
        return answer(
            304 if request.headers.get("if-none-match") == '"7"' else 200, rss(), headers={"ETag": '"7"'}
        )

    with local(told) as server:
        changelogs.read("hubspot", f"{server.url}/x.xml")
        changelogs.read("hubspot", f"{server.url}/x.xml")

    assert [one.get("if-none-match") for one in asked] == [None, '"7"']
    assert Changelog.objects.get(app="hubspot").problem == ""


def test_a_practice_app_s_changelog_is_not_read(house):
    assert changelogs.read_all(now=True) == 0
    assert not Changelog.objects.exists()


def test_each_is_read_once_a_day(house, monkeypatch):
    Connection.objects.filter(app="hubspot").update(base_url="")
    asked = []
    monkeypatch.setattr(changelogs, "read", lambda app, address: asked.append((app, address)) or 0)

    changelogs.read_all()
    changelogs.read_all()

    assert asked == [("hubspot", manifests()["hubspot"].api.feed)]


def test_news_of_what_nobody_uses_any_more_is_no_news(house):
    read("openai", ATOM)
    type(house.integration).objects.update(current=None)

    assert changelogs.lately() == []


def test_every_feed_in_a_manifest_is_https_and_says_where_it_was_read():
    feeds = [one.api for one in manifests().values() if one.api.feed]

    assert feeds
    assert all(one.feed.startswith("https://") and one.feed_source for one in feeds)
