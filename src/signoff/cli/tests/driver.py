"""
Runs many commands in one process, as `python -m signoff` runs each: one JSON line in, one out.

Starting Python and Django for each of fifty commands would take a minute. The command's own `main` runs, with a real
standard input, output and error, so that a traceback ends up where it would.
"""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
import traceback


def run(words: list[str], stdin: str, env: dict[str, str]) -> dict[str, object]:
    from signoff.cli.main import main

    kept = {name: os.environ.get(name) for name in env}
    os.environ.update(env)
    sys.argv = ["signoff", *words]
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8")
    code = 0
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        ours = os.dup(1), os.dup(2)
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        except BaseException:
            traceback.print_exc()
            code = 1
        sys.stdout.flush()
        sys.stderr.flush()
        for number, fd in zip((1, 2), ours, strict=True):
            os.dup2(fd, number)
            os.close(fd)
        out.seek(0)
        err.seek(0)
        said = out.read().decode(errors="replace"), err.read().decode(errors="replace")
    for name, value in kept.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    return {"code": code, "out": said[0], "err": said[1]}


if __name__ == "__main__":
    lines = sys.stdin
    for line in lines:
        sys.stdout.write(json.dumps(run(**json.loads(line))) + "\n")
        sys.stdout.flush()
