"""The tests' own data folder and database: a pytest plugin, loaded by name before Django's settings are read."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile

os.environ.pop("DATABASE_URL", None) if "PYTEST_XDIST_WORKER" not in os.environ else None

# What is compiled here, in helpers and in the hundreds of processes that tests start is kept for the next one: anew, it
# takes each helper 12 s and each process half of its time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

if "PYTEST_XDIST_WORKER" not in os.environ:
    # The helpers of a parallel run inherit the folder and the server's address through the environment.
    _folder = tempfile.mkdtemp(prefix="signoff-tests-", dir="/tmp")  # made private by mkdtemp
    os.chmod(_folder, 0o711 if os.geteuid() == 0 else 0o700)  # noqa: PTH101
    os.environ["SIGNOFF_HOME"] = _folder
    os.environ["SIGNOFF_ALLOW_HOSTS"] = "127.0.0.1,localhost"
    if os.environ.get("SIGNOFF_TEST_DATABASE_URL"):
        os.environ["DATABASE_URL"] = os.environ["SIGNOFF_TEST_DATABASE_URL"]
    atexit.register(shutil.rmtree, _folder, ignore_errors=True)

    from signoff.engine import database, embedded

    _as_always = dict(embedded.SETTINGS)
    # The folder is gone after the tests; nothing in it has to outlast a power cut. Servers that tests start
    # themselves are as the product makes them.
    embedded.SETTINGS.update(fsync="off", full_page_writes="off")
    database.database_url()
    embedded.SETTINGS.update(_as_always)
    del embedded.SETTINGS["fsync"], embedded.SETTINGS["full_page_writes"]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signoff.site.settings")
