"""The reference says what the code does, and the site's menu holds every page once."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from signoff.site.manual import build
from signoff.site.manual.outline import menu, pages_of
from signoff.site.manual.reference import HOW, pages, stale

PROJECT = Path(__file__).parents[4]


def test_the_reference_says_what_the_code_does() -> None:
    assert stale() == [], HOW


def test_every_page_stands_in_the_menu_once() -> None:
    outside = {"README.md", "CONTRIBUTING.md", "CHANGELOG.md"}
    there = {path.relative_to(PROJECT).as_posix() for path in (PROJECT / "docs").rglob("*.md")} | outside

    found = list(pages_of(menu(PROJECT)))

    assert len(found) == len(set(found))
    assert set(found) == there


def test_a_page_that_was_just_written_is_in_its_chapter_by_its_title(tmp_path: Path) -> None:
    for page, text in {
        "docs/index.md": "# Start here\n",
        "docs/recipes/chase-quotes.md": "# Chase `unanswered` quotes\n",
        "docs/brand-new.md": "# Brand new\n",
        "docs/other/deep.md": "no heading\n",
    }.items():
        (tmp_path / page).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / page).write_text(text)

    assert menu(tmp_path) == [
        {"Start here": [{"Start here": "docs/index.md"}]},
        {"Recipes": [{"Chase unanswered quotes": "docs/recipes/chase-quotes.md"}]},
        {"How to": [{"Brand new": "docs/brand-new.md"}, {"Other": [{"Deep": "docs/other/deep.md"}]}]},
    ]


@pytest.mark.parametrize("page", pages())
def test_every_page_of_the_reference_is_in_the_overview(page: str) -> None:
    assert f"({page})" in (PROJECT / "docs" / "index.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("page", "laid_out"),
    [
        ("Ends when:\n- a\n- b\n", "Ends when:\n\n- a\n- b\n"),
        ("Rests on:\n1. a\n2. b\n", "Rests on:\n\n1. a\n2. b\n"),
        ("- a\n  more\n- b\n", "- a\n  more\n- b\n"),
        ("## Head\n- a\n", "## Head\n- a\n"),
        ("```\nlead:\n- a\n```\n", "```\nlead:\n- a\n```\n"),
        ("It fell in\n2026. Then it rose\n", "It fell in\n2026. Then it rose\n"),
    ],
)
def test_a_list_that_follows_a_paragraph_at_once_stays_a_list(page: str, laid_out: str) -> None:
    assert build.lists_apart(page) == laid_out


def test_a_link_to_a_folder_brings_the_folder(tmp_path: Path) -> None:
    build.lay_out(tmp_path)

    pages = [(page, build.LINK.findall(page.read_text("utf-8"))) for page in tmp_path.rglob("*.md")]
    assert [page.name for page, links in pages for link in links if (page.parent / link).is_dir()] == []
    with zipfile.ZipFile(tmp_path / "integrations" / "n8n.zip") as archive:
        assert "n8n/package.json" in archive.namelist()


@pytest.mark.long
def test_the_site_is_built_and_a_broken_link_stops_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("zensical", reason="run `make site` once")

    assert build.build(tmp_path) == 0
    site = tmp_path / "site"
    assert (site / "docs" / "apps" / "hubspot.html").exists()
    loads = re.compile(r"""<(?:script|img|link|iframe)[^>]+(?:src|href)=["']?(?:https?:)?//""")
    assert [page.name for page in site.rglob("*.html") if loads.search(page.read_text("utf-8"))] == []

    lay_out = build.lay_out

    def with_a_broken_link(pages: Path) -> None:
        lay_out(pages)
        (pages / "docs" / "concepts.md").write_text("# Concepts\n\n[gone](gone.md)\n")

    monkeypatch.setattr(build, "lay_out", with_a_broken_link)
    assert build.build(tmp_path / "again") != 0
