from __future__ import annotations

import pytest

from signoff_sandbox.testing import Practice, running


@pytest.fixture(scope="session")
def practice() -> Practice:
    """Practice apps in which nothing goes wrong, shared: a test must not turn their controls."""
    with running() as practice:
        yield practice


@pytest.fixture
def own_practice() -> Practice:
    """Practice apps of the test's own, for tests that turn their controls."""
    with running() as practice:
        yield practice
