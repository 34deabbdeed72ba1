"""Recipes, and exports of other tools, for programs."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from signoff.api.drafts import DraftWhole, whole
from signoff.api.finding import person_of
from signoff.api.problems import problem
from signoff.api.rights import build
from signoff.integrations import drafts
from signoff.moving.proposal import propose
from signoff.moving.reading import MOST_CHARACTERS
from signoff.moving.shapes import NotReadable
from signoff.recipes.documents import as_document, fitted_file
from signoff.recipes.fitting import fit
from signoff.recipes.shelf import Recipe, recipe, search

router = Router(auth=build, tags=["building"])
Words = Annotated[str, Query("", max_length=80, pattern=r"^[^\x00]*$")]


class RecipeOut(Schema):
    """`missing` are the apps that have to be connected first; `first` is what to look at before it is turned on."""

    key: str
    title: str
    about: str
    task: str
    apps: list[str]
    first: list[str]
    missing: list[str]
    ready: bool


class RecipeWhole(RecipeOut):
    """`file` is the integration, with your own connections in it as far as they are there."""

    file: str


class ExportIn(Schema):
    """What n8n or Make has exported: the whole file as a text."""

    export: Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS)]


class NoteOut(Schema):
    what: str
    do: str


class MovedOut(DraftWhole):
    """`notes` say what could not come along, and what to do about each."""

    notes: list[NoteOut]


@router.get(
    "/recipes",
    response=list[RecipeOut],
    summary="Recipes: integrations that are ready but for your connections",
)
def list_recipes(request: HttpRequest, words: Words, app: Words, task: Words) -> Any:
    return [as_document(one) for one in search(words, app, task)]


@router.get("/recipes/{key}", response=RecipeWhole, summary="A recipe with its file")
def get_recipe(request: HttpRequest, key: str) -> Any:
    found = _recipe(key)
    return {**as_document(found), "file": fitted_file(found)}


@router.post("/recipes/{key}/draft", response={201: DraftWhole}, summary="Begin a draft with a recipe")
def begin_with_recipe(request: HttpRequest, key: str) -> Any:
    data = fit(_recipe(key).data).data
    data["name"] = drafts.free_name(str(data["name"]))
    return Status(201, whole(drafts.begin(data, person_of(request))))


@router.post("/moving-in", response={201: MovedOut}, summary="Begin a draft with an export of n8n or Make")
def move_in(request: HttpRequest, given: ExportIn) -> Any:
    try:
        found = propose(given.export)
    except NotReadable as error:
        return problem(422, f"{error.owner_message} {error.next_step}")
    draft = drafts.begin_with(found.source, person_of(request))
    return Status(201, {**whole(draft), "notes": [one.as_document() for one in found.notes]})


def _recipe(key: str) -> Recipe:
    found = recipe(key)
    if found is None:
        raise HttpError(404, f"There is no recipe {key[:80]}")
    return found
