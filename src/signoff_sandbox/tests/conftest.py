from __future__ import annotations

import pytest

from signoff_sandbox.testing import Practice, running


@pytest.fixture(scope="session")
def practice() -> Practice:
    """Practice apps in which nothing goes wrong, shared: a test must not turn their controls."""
    with running() as practice:
        yield practice


@pytest.fixture(scope="session")
def _second_practice() -> Practice:
    with running() as practice:
        yield practice


@pytest.fixture
def own_practice(_second_practice) -> Practice:
    """Practice apps as freshly started, for tests that turn their controls."""
    _second_practice.control("hubspot", start_over=True)
    return _second_practice
