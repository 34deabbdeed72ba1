"""The page that says how a workflow of n8n asks here, with all there is to paste; and the nodes, handed out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_safe

from signoff.core.home import allowed_hosts, public_url
from signoff.integrations.definition import read_definition
from signoff.integrations.models import Integration
from signoff.outputs.contract import ContractField
from signoff.web import outline
from signoff.web.n8n import package, paste
from signoff.web.rights import needs
from signoff.web.words import label, named

HERE = "/n8n/"
N8N = "localhost:5678"  # where n8n is, unless somebody has put it elsewhere
LOOPBACK = ("localhost", "127.0.0.1", "::1")
COMPUTER, DOCKER, CLOUD = "computer", "docker", "cloud"
FOLDERS = {COMPUTER: "~/.n8n/nodes", DOCKER: "/home/node/.n8n/nodes"}
RUNS = (
    (COMPUTER, later("on a computer of yours, installed by npm")),
    (DOCKER, later("on a computer of yours, in Docker")),
    (CLOUD, later("is n8n Cloud, or nobody may install nodes there")),
)
THEIRS, OURS = "theirs", "ours"
DRAFTS = (
    (THEIRS, later("an AI of the workflow, in the step right before")),
    (OURS, later("Signoff")),
)


@dataclass(frozen=True)
class Asked:
    """What programs ask: the fields of its answer, and whether an AI here writes where no draft comes along."""

    fields: list[ContractField]
    has_ai: bool


class AboutForm(forms.Form):
    """What the page has to know of a workflow. It is asked by GET, and what is missing is as in most workflows."""

    integration = forms.ChoiceField(label=later("Integration"))
    runs = forms.ChoiceField(label=later("Your n8n"), choices=RUNS, initial=COMPUTER)
    first = forms.CharField(
        label=later("The step that brings the record is called"),
        max_length=100,
        initial=paste.WEBHOOK,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    draft = forms.ChoiceField(label=later("The draft is written by"), choices=DRAFTS)

    def __init__(self, asked: dict[str, str], offered: dict[str, Asked]) -> None:
        usual = {"integration": next(iter(offered)), "runs": COMPUTER, "first": paste.WEBHOOK}
        told = usual | asked
        chosen = offered.get(told["integration"])
        if chosen and not chosen.has_ai:
            told["draft"] = THEIRS  # whatever was asked of another integration: here nobody else writes one
        super().__init__({"draft": OURS} | told, auto_id="n8n-%s")
        self.fields["integration"].choices = [(name, named(name)) for name in offered]  # type: ignore[attr-defined]  # above


@needs("see")
def page(request: HttpRequest) -> HttpResponseBase:
    """Say step by step how a workflow asks, with the commands and the nodes for this Signoff and an integration."""
    offered = _asked_by_programs()
    context: dict[str, Any] = {"here": "integrations", "names": list(offered)}
    if not offered:
        return render(request, "web/n8n.html", context)
    form = AboutForm({key: str(value) for key, value in request.GET.items()}, offered)
    if not form.is_valid():
        return render(request, "web/n8n.html", context | {"form": form}, status=422)
    about = form.cleaned_data
    address = reached_at(about["runs"])
    chosen = offered[about["integration"]]
    mine = chosen.fields
    wanted = paste.Wanted(about["integration"], mine, address, about["first"], about["draft"] == THEIRS)
    has_nodes = about["runs"] != CLOUD
    context |= {
        "form": form,
        "integration": Integration.objects.get(name=about["integration"]),
        "name": named(about["integration"]),
        "about": urlencode({"for": "n8n", **about}),
        "has_ai": chosen.has_ai,
        "text_field": main.name if wanted.has_draft and (main := paste.main_of(mine)) else "",
        "address": address,
        "has_nodes": has_nodes,
        "command": command(about["runs"]) if has_nodes else "",
        "file": path_of(about["runs"]),
        "in_docker": about["runs"] == DOCKER,
        "is_far": address != public_url(),
        "may_send": bool(allowed_hosts() & {N8N, N8N.partition(":")[0]}),
        "start": f"SIGNOFF_ALLOW_HOSTS={N8N} signoff up",
        "nodes": paste.with_our_nodes(wanted) if has_nodes else paste.with_n8ns_own(wanted),
        "also": [label(one.name) for one in paste.also_needed(mine)] if wanted.has_draft else [],
        "answers": [(label(field), expression) for field, expression in paste.answers(mine)],
    }
    return render(request, "web/n8n.html", context)


@require_safe
def nodes(request: HttpRequest, runs: str, file: str) -> HttpResponse:
    """Hand out the nodes, to whoever asks: npm has no password, and they hold nothing that is not in the open."""
    if file != package.file_name() or runs not in FOLDERS:
        raise Http404
    return HttpResponse(
        package.packed(reached_at(runs), f"{public_url()}{HERE}"), content_type="application/octet-stream"
    )


def again(about: Mapping[str, str]) -> str:
    """Return the address of this page as it was, for who comes back to it: with what was said about the workflow."""
    said = {name: about[name] for name in AboutForm.base_fields if name in about}
    return f"{HERE}?{urlencode(said)}" if said else HERE


def command(runs: str) -> str:
    """Return the one command by which the nodes come into an n8n."""
    address = f"{reached_at(runs)}{path_of(runs)}"
    install = f"npm install --no-audit --prefix {FOLDERS[runs]} {address}"
    return f"docker exec n8n {install}" if runs == DOCKER else install


def path_of(runs: str) -> str:
    """Return where the nodes are handed out."""
    return f"{HERE}nodes/{runs}/{package.file_name()}"


def reached_at(runs: str) -> str:
    """Return the address at which n8n reaches this Signoff: in a container, this computer has a name of its own."""
    own = public_url()
    parts = urlsplit(own)
    if runs != DOCKER or parts.hostname not in LOOPBACK:
        return own
    return parts._replace(netloc=f"host.docker.internal{f':{parts.port}' if parts.port else ''}").geturl()


def _asked_by_programs() -> dict[str, Asked]:
    """Return the integrations whose answer goes back to whoever asked, the newest first."""
    rows = Integration.objects.exclude(current=None).select_related("current").order_by("-pk")
    current = [
        (row.name, row.current, read_definition(row.current)[0]) for row in rows if row.current is not None
    ]
    return {
        name: Asked(list(outline.answer_fields(version).values()), definition.asked is not None)
        for name, version, definition in current
        if definition.reply
    }
