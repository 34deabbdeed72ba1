"""What one account offers beyond its app, for its owner to choose from (the tools of an MCP server)."""

from __future__ import annotations

from typing import Any, Literal, Protocol


class Offered(Protocol):
    """One thing that an account offers to be chosen, as it is described now. All of it is a stranger's text."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def hash(self) -> str:
        """What names all that is said of it."""

    @property
    def says_it_reads(self) -> bool:
        """Whether it claims to change nothing."""

    @property
    def fault(self) -> str:
        """Why it cannot be used here, "" where it can."""

    def kept(self, use: Literal["write", "read"]) -> dict[str, Any]:
        """What is stored of it once it is chosen."""
