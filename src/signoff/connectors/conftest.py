"""The practice apps, started once for all tests of connectors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from signoff_sandbox.testing import Practice, running


@pytest.fixture(scope="package")
def practice() -> Iterator[Practice]:
    with running() as apps:
        yield apps
