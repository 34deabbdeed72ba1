"""Starts the practice apps: one process, one event loop, one port each."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from signoff_sandbox.ai.app import OpenAI
from signoff_sandbox.ai.office import PRACTICE_KEY as OPENAI_KEY
from signoff_sandbox.airtable.app import Airtable
from signoff_sandbox.airtable.tables import BASE, RUN_FIELD
from signoff_sandbox.airtable.tables import PRACTICE_KEY as AIRTABLE_KEY
from signoff_sandbox.anthropic.app import PRACTICE_KEY as ANTHROPIC_KEY
from signoff_sandbox.anthropic.app import Anthropic
from signoff_sandbox.desk import Desk
from signoff_sandbox.faults import BadSpec
from signoff_sandbox.gmail.accounts import CLIENT_ID, CLIENT_SECRET
from signoff_sandbox.gmail.app import Gmail
from signoff_sandbox.hubspot.app import HubSpot
from signoff_sandbox.hubspot.door import PRACTICE_KEY as HUBSPOT_KEY
from signoff_sandbox.mattermost.app import ORDERS, Mattermost
from signoff_sandbox.mattermost.app import PRACTICE_KEY as MATTERMOST_KEY
from signoff_sandbox.notion.app import PRACTICE_KEY as NOTION_KEY
from signoff_sandbox.notion.app import SOURCE, Notion
from signoff_sandbox.ntfy.app import PRACTICE_KEY as NTFY_KEY
from signoff_sandbox.ntfy.app import Ntfy
from signoff_sandbox.options import Options
from signoff_sandbox.slack.app import Slack
from signoff_sandbox.slack.workspace import PRACTICE_KEY as SLACK_KEY
from signoff_sandbox.telegram.app import PRACTICE_KEY as TELEGRAM_KEY
from signoff_sandbox.telegram.app import Telegram
from signoff_sandbox.todoist.app import OFFERS, Todoist
from signoff_sandbox.todoist.app import PRACTICE_KEY as TODOIST_KEY
from signoff_sandbox.whatsapp.app import WhatsApp
from signoff_sandbox.whatsapp.office import APP_SECRET, PHONE_ID, VERIFY_TOKEN, WABA_ID
from signoff_sandbox.whatsapp.office import PRACTICE_KEY as WHATSAPP_KEY
from signoff_sandbox.world import World

# The order is the order of ports; new apps go to the end.
APPS: tuple[type[Desk], ...] = (
    HubSpot,
    Gmail,
    OpenAI,
    Anthropic,
    WhatsApp,
    Slack,
    Airtable,
    Telegram,
    Todoist,
    Notion,
    Ntfy,
    Mattermost,
)
GRACE_SECONDS = 1
# What the practice apps let in. They are no secrets: nothing here is real.
KEYS = {
    "hubspot": HUBSPOT_KEY,
    "gmail": json.dumps({"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}),
    "openai": OPENAI_KEY,
    "anthropic": ANTHROPIC_KEY,
    "whatsapp": WHATSAPP_KEY,
    "slack": SLACK_KEY,
    "airtable": AIRTABLE_KEY,
    "telegram": TELEGRAM_KEY,
    "todoist": TODOIST_KEY,
    "notion": NOTION_KEY,
    "ntfy": NTFY_KEY,
    "mattermost": MATTERMOST_KEY,
}
# What is asked for beside a key, by the names of the vendors' pages.
SETTINGS = {
    "whatsapp": {
        "phone_number_id": PHONE_ID,
        "waba_id": WABA_ID,
        "app_secret": APP_SECRET,
        "verify_token": VERIFY_TOKEN,
    },
    "airtable": {"base": BASE, "table": "Leads", "run_field": RUN_FIELD},
    "todoist": {"project": OFFERS},
    "notion": {"source": SOURCE},
    "ntfy": {"topic": "orders"},
    "mattermost": {"channel": ORDERS},
}


def run(options: Options) -> int:
    """
    Serve until a signal comes, and return the exit status.

    When all ports listen, one JSON line with the addresses stands on standard output.
    """
    try:
        stage = _Stage(options)
    except BadSpec as wrong:
        _say(f"The faults cannot be used: {wrong}.")
        return 2
    try:
        sockets = _listen(options)
    except OSError as error:
        _say(
            f"A port from {options.port_base} on is not free ({error.strerror}). Choose another --port-base."
        )
        return 1
    stage.open([f"http://{_shown(options.host)}:{one.getsockname()[1]}" for one in sockets])
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(stage, sockets, options))
    return 0


class _Stage:
    """The desks that are being served; all of them can be replaced at once while the ports stay open."""

    def __init__(self, options: Options) -> None:
        self._addresses: list[str] = []
        self.desks: list[Desk] = []
        self.start_over(options)

    def start_over(self, options: Options) -> None:
        """Set up fresh apps. Raises `BadSpec`, and then changes nothing."""
        world = World(options, self.start_over)
        desks = [app(world) for app in APPS]
        world.faults.set(options.faults)
        self.desks = desks
        self.open(self._addresses)

    def open(self, addresses: list[str]) -> None:
        self._addresses = addresses
        for desk, address in zip(self.desks, addresses, strict=False):
            desk.address = address
            desk.opened()

    def door(self, number: int) -> ASGIApp:
        """Return the ASGI application that leads to the desk with this number, whichever it is by then."""

        async def lead(scope: Scope, receive: Receive, send: Send) -> None:
            await self.desks[number](scope, receive, send)

        return lead


async def _serve(stage: _Stage, sockets: list[socket.socket], options: Options) -> None:
    servers = [_Server(_config(stage.door(number))) for number in range(len(APPS))]

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    _on_signals(stop)
    if options.until_stdin_closes:
        _on_stdin_end(stop)
    serving = [asyncio.ensure_future(s.serve(sockets=[k])) for s, k in zip(servers, sockets, strict=True)]
    while not all(server.started for server in servers):
        await asyncio.sleep(0.01)
    _announce(stage.desks)
    await asyncio.gather(*serving)


class _Server(uvicorn.Server):
    """A server that leaves signals to us: there are several in this loop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=2048,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _listen(options: Options) -> list[socket.socket]:
    """Return one listening socket for each app. Raises OSError when a port is taken."""
    sockets: list[socket.socket] = []
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    try:
        for offset in range(len(APPS)):
            one = socket.socket(family)
            sockets.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind((options.host, options.port_base + offset if options.port_base else 0))
    except OSError:
        for one in sockets:
            one.close()
        raise
    return sockets


def _announce(desks: list[Desk]) -> None:
    told: dict[str, str | int] = {desk.name: desk.address for desk in desks}
    sys.stdout.write(json.dumps({**told, "pid": os.getpid(), "keys": KEYS, "settings": SETTINGS}) + "\n")
    sys.stdout.flush()
    for desk in desks:
        _say(f"{desk.title}: {desk.address}/   key: {KEYS[desk.name]}")
    allow = f"SIGNOFF_ALLOW_HOSTS={desks[0].address.split('//')[1].rsplit(':', 1)[0]} signoff up"
    _say(f"To connect one: start Signoff with {allow}, and give its address here as Another address.")
    _say("These are practice apps: nothing in them is real. Press Ctrl-C to end.")


def _say(text: str) -> None:
    """Tell a person; standard output belongs to the JSON line."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _on_signals(stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(sign, stop)
        except (NotImplementedError, RuntimeError):  # Windows, or not the main thread
            with contextlib.suppress(ValueError):
                signal.signal(sign, lambda *_: stop())


def _on_stdin_end(stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()

    def wait() -> None:
        while os.read(0, 4096):
            pass
        loop.call_soon_threadsafe(stop)

    threading.Thread(target=wait, daemon=True).start()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's loop where there is one: it halves the time a request takes."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _shown(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104 (only compared)
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
