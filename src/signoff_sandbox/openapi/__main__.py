"""`python -m signoff_sandbox.openapi FILE [--port P]`: a practice server for any document."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import uvicorn

from signoff_sandbox.openapi.app import PRACTICE_KEY, USER
from signoff_sandbox.openapi.serving import desk_of


def main() -> int:
    """Serve until a signal comes."""
    parser = argparse.ArgumentParser(prog="python -m signoff_sandbox.openapi", description=__doc__)
    parser.add_argument("file", type=Path, help="an OpenAPI document")
    parser.add_argument("--port", type=int, default=8190)
    given = parser.parse_args()
    desk = desk_of(given.file)
    desk.address = f"http://127.0.0.1:{given.port}"
    sys.stderr.write(
        f"{desk.title}: {desk.address}{desk.document.base_path}   "
        f"key: {PRACTICE_KEY}   as a password: {USER}:{PRACTICE_KEY}\n"
    )
    uvicorn.run(desk, host="127.0.0.1", port=given.port, lifespan="off", log_level="warning")
    return 0


if __name__ == "__main__":
    sys.exit(main())
