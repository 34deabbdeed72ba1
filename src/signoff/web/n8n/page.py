"""The page that says how a workflow of n8n asks here, with all there is to paste; and the nodes, handed out."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

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
DRAFTS = (
    ("theirs", later("an AI of the workflow, in the step right before")),
    ("ours", later("Signoff")),
)


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
    draft = forms.ChoiceField(label=later("The draft is written by"), choices=DRAFTS, initial="theirs")

    def __init__(self, asked: dict[str, str], names: list[str]) -> None:
        usual = {"integration": names[0], "runs": COMPUTER, "first": paste.WEBHOOK, "draft": "theirs"}
        super().__init__(usual | asked, auto_id="n8n-%s")
        self.fields["integration"].choices = [(name, named(name)) for name in names]  # type: ignore[attr-defined]  # above


@needs("see")
def page(request: HttpRequest) -> HttpResponseBase:
    """Say step by step how a workflow asks, with the commands and the nodes for this Signoff and an integration."""
    fields = _asked_by_programs()
    context: dict[str, Any] = {"here": "integrations", "names": list(fields)}
    if not fields:
        return render(request, "web/n8n.html", context)
    form = AboutForm({key: str(value) for key, value in request.GET.items()}, list(fields))
    if not form.is_valid():
        return render(request, "web/n8n.html", context | {"form": form}, status=422)
    about = form.cleaned_data
    address = reached_at(about["runs"])
    mine = fields[about["integration"]]
    wanted = paste.Wanted(about["integration"], mine, address, about["first"], about["draft"] == "theirs")
    has_nodes = about["runs"] != CLOUD
    context |= {
        "form": form,
        "integration": Integration.objects.get(name=about["integration"]),
        "name": named(about["integration"]),
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


def _asked_by_programs() -> dict[str, list[ContractField]]:
    """Return the integrations whose answer goes back to whoever asked, the newest first, with their answer's fields."""
    rows = Integration.objects.exclude(current=None).select_related("current").order_by("-pk")
    return {
        row.name: list(outline.answer_fields(row.current).values())
        for row in rows
        if row.current is not None and read_definition(row.current)[0].reply
    }
