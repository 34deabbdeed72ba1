"""Where this installation keeps its things, and how it is reached: the environment, read in one place."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path


def home() -> Path:
    """
    Return the data folder, made if it is missing (only we may look inside).

    `SIGNOFF_HOME`; else `.signoff/` in a checkout; else the platform's folder for user data.
    """
    given = os.environ.get("SIGNOFF_HOME")
    if given:
        folder = Path(given).expanduser()
    else:
        checkout = Path(__file__).resolve().parents[3]
        if (checkout / "pyproject.toml").exists() and (checkout / "src" / "signoff").is_dir():
            folder = checkout / ".signoff"
        else:
            from platformdirs import user_data_path

            folder = user_data_path("signoff", appauthor=False)
    if not folder.exists():
        # Root's database runs as another user, who must be let through (but may not look around).
        folder.mkdir(parents=True, mode=0o711 if _is_root() else 0o700)
    return folder.absolute()


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def practice_apps() -> Path:
    """Return the file in which a demo says which practice apps it has: {"hubspot": {"address", "key", "settings"}}."""
    return home() / "practice-apps.json"


def public_url() -> str:
    """Return the address under which people and vendors reach us, without a slash at its end."""
    given = os.environ.get("SIGNOFF_URL")
    if given:
        return given.rstrip("/")
    # `signoff up --port 8010` wrote its address here; commands beside it mean that one.
    told = home() / "up.lock"
    address = told.read_text().strip() if told.exists() else ""
    return (address or "http://127.0.0.1:8000").rstrip("/")


def allowed_hosts() -> frozenset[str]:
    """Return the private or loopback hosts ("name" or "name:port") that the outbound door may reach."""
    return frozenset(h.strip() for h in os.environ.get("SIGNOFF_ALLOW_HOSTS", "").split(",") if h.strip())


def trusted_proxies() -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    """
    Return the networks whose word we take on where a request came from: this computer, and `SIGNOFF_PROXIES`.

    Raises ValueError for a text that is no network.
    """
    given = os.environ.get("SIGNOFF_PROXIES", "").split(",")
    return tuple(
        ipaddress.ip_network(text.strip(), strict=False)
        for text in ("127.0.0.0/8", "::1", *given)
        if text.strip()
    )
