"""The recipes: integration files that work at once, with what one should know before switching one on."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from signoff.connectors.registry import manifests
from signoff.integrations.file import read_text

Data = dict[str, Any]
Task = Literal["write", "sort", "sum-up", "take-out", "translate", "clean-up"]

TASKS: dict[Task, str] = {
    "write": "Write to customers",
    "sort": "Sort and pass on",
    "sum-up": "Sum up",
    "take-out": "Take out what matters",
    "translate": "Translate",
    "clean-up": "Clean up",
}


@dataclass(frozen=True)
class Recipe:
    """
    One recipe. `first` are the things to look at before it is switched on, each a sentence.

    Its file names connections by an app and a purpose (`gmail-sales`); `signoff.recipes.fitting` puts the owner's in
    their place.
    """

    key: str
    title: str
    about: str
    task: Task
    icon: str
    first: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """Return the integration file, comments and all."""
        return _source(self.key)

    @property
    def data(self) -> Data:
        """Return the data of the file; a new copy each time."""
        return copy.deepcopy(_data(self.key))

    @property
    def connections(self) -> tuple[str, ...]:
        """Return the names of the connections that the file names, in the order of a record's way."""
        return connections_in(_data(self.key))

    @property
    def apps(self) -> tuple[str, ...]:
        """Return the keys of the apps that it is written for, in the order of a record's way."""
        return tuple(dict.fromkeys(app_of(name) for name in self.connections))

    def says(self, words: str) -> bool:
        """Say whether every one of these words stands in its title, its description or an app's name."""
        names = [manifests()[app].name for app in self.apps]
        text = " ".join([self.title, self.about, TASKS[self.task], *names]).casefold()
        return all(word in text for word in words.casefold().split())


def recipe(key: str) -> Recipe | None:
    """Return a recipe by its key, None for none."""
    return next((one for one in RECIPES if one.key == key), None)


def search(words: str = "", app: str = "", task: str = "") -> list[Recipe]:
    """Return the recipes that say all of these words, use this app, and are for this task."""
    return [
        one
        for one in RECIPES
        if one.says(words) and (not app or app in one.apps) and (not task or one.task == task)
    ]


def app_of(connection: str) -> str:
    """Return the app that a recipe's connection is one of: "gmail-sales" is Gmail's."""
    return connection.rpartition("-")[0]


def connections_in(data: Data) -> tuple[str, ...]:
    """Return the names of the connections in a file's data: where records come from, the AI, where answers go."""
    return tuple(dict.fromkeys(name for name in _names(data) if name))


def _names(data: Data) -> Iterator[str]:
    yield str(data["record"].get("from") or "")
    yield str((data.get("prompt") or {}).get("ai") or "")
    for step in data["then"] if isinstance(data.get("then"), list) else []:
        if isinstance(step, dict):
            yield from (str(what).partition(".")[0] for what in step)


@cache
def _source(key: str) -> str:
    return (files("signoff.recipes") / "files" / f"{key}.yaml").read_text("utf-8")


@cache
def _data(key: str) -> Data:
    return dict(read_text(_source(key)).data)  # the gallery asks for each of them many times


FACTS = "State your prices and opening hours as company facts; the AI says nothing that is not there."
RECIPES = (
    Recipe(
        "follow-up-new-leads",
        "Follow up new leads",
        "A lead appears in HubSpot. The AI writes the first e-mail to them, it lies in Gmail's Drafts once "
        "you approve, "
        "and a note on the contact says so.",
        "write",
        "user-plus",
        (FACTS,),
    ),
    Recipe(
        "qualify-and-route-leads",
        "Qualify and route leads",
        "A lead appears in HubSpot. The AI says how it stands and which team should take it; it gets its "
        "lead status and a "
        "task for tomorrow, and the team reads of it in Slack.",
        "sort",
        "split",
        (
            "Write your own teams where the answer's field “team” has its choices.",
            "Make the Slack channel “leads”, or write the name of yours, and invite Signoff's app to it.",
        ),
    ),
    Recipe(
        "reply-to-contact-form",
        "Reply to your contact form",
        "Somebody fills in the form on your website. The AI answers from your company facts, and the e-mail lies in "
        "Drafts once you approve.",
        "write",
        "globe",
        (
            FACTS,
            "Once it is on, its page shows the address to which your form sends name, email and message.",
        ),
    ),
    Recipe(
        "answer-whatsapp-questions",
        "Answer WhatsApp questions",
        "A customer writes on WhatsApp. The AI answers from your company facts, and the answer reaches them there once "
        "you approve.",
        "write",
        "message-circle",
        (FACTS, "WhatsApp takes answers for 24 hours after the customer's last message."),
    ),
    Recipe(
        "answer-telegram-questions",
        "Answer Telegram questions",
        "Somebody writes to your Telegram bot. The AI answers from your company facts, below their message, once you "
        "approve.",
        "write",
        "send",
        (FACTS,),
    ),
    Recipe(
        "label-and-route-support-mail",
        "Label and route support mail",
        "An e-mail arrives. The AI says what it is about and which team answers it, and it gets both as "
        "labels in Gmail.",
        "sort",
        "tags",
        (
            "Write your own topics and teams where the answer has its choices.",
            "It works without a review, because a label reaches nobody outside. Choose a review first if you like.",
        ),
    ),
    Recipe(
        "summarise-calls-into-notes",
        "Summarise calls into notes",
        "Your telephone system sends what was said in a call. The AI sums it up, the summary lands on the contact in "
        "HubSpot, and what comes next becomes a task.",
        "sum-up",
        "phone",
        (
            "Once it is on, its page shows the address to which your telephone system or meeting tool sends "
            "name, email, "
            "called_at and transcript.",
            "The contact is found by the e-mail address, so it must be one that HubSpot knows.",
        ),
    ),
    Recipe(
        "extract-orders-from-mail",
        "Extract orders from e-mails",
        "An order arrives by e-mail, in any words. The AI takes out who orders what, how many and by when, "
        "and it becomes "
        "a row in Airtable once you approve.",
        "take-out",
        "package",
        (
            "Make a table “Orders” with the fields Customer, Company, Product, Quantity (a number), Needed "
            "by and Notes.",
            "Every e-mail of the mailbox is read as an order. Let it watch an address that only orders come to.",
        ),
    ),
    Recipe(
        "chase-unanswered-quotes",
        "Chase unanswered quotes",
        "You upload the list of open quotes. Each becomes a friendly reminder that names the quote and its "
        "day, and lies "
        "in Drafts once you approve.",
        "write",
        "hourglass",
        (
            "Export the quotes that nobody answered from your invoicing program, say each Monday, and upload "
            "that table.",
            "The columns may be called otherwise in your table: you say on the page of the upload which is which.",
        ),
    ),
    Recipe(
        "ask-for-reviews",
        "Ask for reviews after a job",
        "A deal is won in HubSpot. The AI thanks the customer for the job and asks for an honest review, and "
        "the e-mail "
        "lies in Drafts once you approve.",
        "write",
        "star",
        (
            "State the address of your page for reviews as the company fact “review-page”.",
            "It starts when a deal comes into the stage “closedwon”. Choose another stage if your jobs end later.",
        ),
    ),
    Recipe(
        "translate-enquiries",
        "Translate enquiries",
        "An e-mail in another language arrives. Your team reads it in Slack, translated whole, with the "
        "sender's address.",
        "translate",
        "languages",
        (
            "Make the Slack channel “enquiries”, or write the name of yours, and invite Signoff's app to it.",
            "It translates into English. Write another language into the task if you want one.",
        ),
    ),
    Recipe(
        "clean-up-company-names",
        "Clean up company names",
        "You upload a list whose company names were typed by many hands, and take it away with clean names "
        "beside them.",
        "clean-up",
        "sparkles",
        ("The results are taken away as a table on the page of the upload, with your own columns in it.",),
    ),
    Recipe(
        "weekly-summary-to-slack",
        "Weekly summary to Slack",
        "On Monday at eight, the new leads of the week become one summary, and your team reads it in Slack once you "
        "approve.",
        "sum-up",
        "calendar-days",
        (
            "Make the Slack channel “sales”, or write the name of yours, and invite Signoff's app to it.",
            "A week without a new lead brings no summary.",
        ),
    ),
    Recipe(
        "tasks-from-mail",
        "Turn e-mails into tasks",
        "An e-mail that wants something done arrives. The AI says what is to be done, and it becomes a page "
        "in your table "
        "in Notion once you approve.",
        "take-out",
        "list-todo",
        ("The pages go into the table that is named on the page of your connection to Notion.",),
    ),
)
