"""What was chosen of a document, with all that is needed to do it: kept as JSON, so that the document is read once."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from signoff.connectors.base import FieldType
from signoff.connectors.manifest import OAuth

PLAN_VERSION = 1


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Prop(_Part):
    """
    A value that an operation takes or gives: `path` leads to it from the whole, `name` is how we call it.

    `many`: a list of them. `whole`: a number without a fraction. `is_target`: it says where something goes.
    `place` is where a parameter stands; a `fixed` value is one that the document allows alone.
    """

    name: str
    path: tuple[str, ...]
    label: str
    type: FieldType = "text"
    choices: tuple[str, ...] = ()
    max_length: int | None = None
    required: bool = False
    read_only: bool = False
    many: bool = False
    whole: bool = False
    help: str = ""
    is_target: bool = False
    place: Literal["body", "path", "query", "header"] = "body"
    setting: str = ""
    fixed: Any = None


class Pages(_Part):
    """
    How a list goes on: `way` by an address or a token in the answer (at `where`), the last record's id, a page's
    number, or how many were told. `param` carries it, `size_param` how many are asked for, `more` is where the answer
    says so.
    """

    way: Literal["", "address", "token", "last id", "page", "offset"] = ""
    param: str = ""
    where: tuple[str, ...] = ()
    first: int = 1
    size_param: str = ""
    size: int = 0
    more: tuple[str, ...] = ()


class Listing(_Part):
    """
    An operation that lists records. `rows` leads to the list, `id` and `made` to a record's id and when it was made.

    `since` is the parameter that leaves out what is older, `fixed` what is always sent (the newest first).
    """

    path: str
    rows: tuple[str, ...]
    id: tuple[str, ...]
    made: tuple[str, ...] = ()
    params: tuple[Prop, ...] = ()
    fixed: dict[str, str] = Field(default_factory=dict)
    since: str = ""
    since_as: Literal["iso", "seconds", "date"] = "iso"
    pages: Pages = Pages()


class One(_Part):
    """An operation that reads one record: `param` of its path is the record's id, `inside` leads to the record."""

    path: str
    param: str
    params: tuple[Prop, ...] = ()
    inside: tuple[str, ...] = ()


class Begins(_Part):
    """Something that starts work: a new record in a list."""

    operation: str
    name: str
    label: str
    object: str
    listing: Listing
    one: One | None = None
    fields: tuple[Prop, ...] = ()
    mark: tuple[str, ...] = ()


class Does(_Part):
    """
    Something that can be done with an answer. `mark` is where our number is left, if anywhere: in the body, or as the
    header of an idempotency key. `found_in` is the list in which what was made can be found, `reads_back` the same
    place asked for.
    """

    operation: str
    name: str
    label: str
    method: str
    path: str
    takes: Literal["json", "form"]
    params: tuple[Prop, ...]
    repeatable: bool = False
    mark: tuple[str, ...] = ()
    mark_header: str = ""
    found_in: Listing | None = None
    reads_back: One | None = None
    id: tuple[str, ...] = ()
    link: tuple[str, ...] = ()


class SignIn(_Part):
    """One kind of sign-in that the document names. `why_not` says why Signoff cannot use it, "" where it can."""

    name: str
    label: str
    kind: Literal["key", "oauth", "none"] = "key"
    header: str = ""
    key: str = "Key"
    help: str = ""
    example: str = ""
    oauth: OAuth | None = None
    why_not: str = ""


class Asked(_Part):
    """What is asked for beside the key, because what was chosen needs it; `param` is the app's name for it."""

    param: str
    name: str
    label: str
    help: str = ""
    example: str = ""
    choices: tuple[str, ...] = ()
    default: str = ""


class Who(_Part):
    """The operation that says whose key it is."""

    path: str
    inside: tuple[str, ...] = ()


class Plan(_Part):
    """What a connection of a described app reads and writes, and how one gets in."""

    version: int = PLAN_VERSION
    title: str
    api_version: str
    base_url: str
    own_server: bool = False
    docs: str
    described_on: str
    sign_in: SignIn
    asked: tuple[Asked, ...] = ()
    who: Who | None = None
    begins: tuple[Begins, ...] = ()
    does: tuple[Does, ...] = ()
