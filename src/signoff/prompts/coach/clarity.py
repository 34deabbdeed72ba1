"""Is it clear what comes out: what to do, in what form, how long, for whom?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from signoff.prompts.coach import lexicon
from signoff.prompts.coach.asked import Asked, Remark
from signoff.prompts.coach.text import Sentence, plain

ENOUGH_ROOM = 5000  # characters: a limit above this is there for safety and says nothing about the length
LONG_TEXT = 250  # characters: below it is a reason or a subject line, and nobody's letter


def task_verb(asked: Asked) -> Iterator[Remark]:
    """Remark that nothing says what to do, or only words such as "handle"."""
    task = [one for one in asked.wishes if one.where == "task"]
    verbs = [verb for sentence in asked.wishes for verb in _verbs(sentence)]
    in_task = [verb for sentence in task for verb in _verbs(sentence)]
    if any(verb in lexicon.CLEAR_VERBS for verb in in_task):
        return
    if not in_task:
        yield Remark(
            "no task verb",
            "task",
            "The task names a subject, and not what to do with it.",
            "Begin with what the AI should do, for example: “Write a reply to …” or “Sort the message into …”.",
            asked.task.strip(),
        )
    elif not any(verb in lexicon.CLEAR_VERBS for verb in verbs):
        yield Remark(
            "vague task",
            "task",
            f"“{in_task[0].capitalize()}” leaves open what should come out.",
            "Say what the result is, for example: “Write a reply that answers the question and offers a call.”",
            asked.task.strip(),
        )


def form(asked: Asked) -> Iterator[Remark]:
    """Remark that nothing says what kind of text it becomes."""
    vague = [name for name, block in asked.texts.items() if not lexicon.TELLING_FIELDS.search(plain(name))]
    long = [name for name in vague if _room(asked, name) > LONG_TEXT and not _about(asked, name)]
    if not long or len(vague) < len(asked.texts):
        return  # a field called "subject" or "sms" says what stands beside it
    if any(verb in lexicon.TELLING_VERBS for one in asked.wishes for verb in _verbs(one)):
        return
    if any(lexicon.FORMATS.search(_without_record_words(one)) for one in asked.wishes):
        return
    yield Remark(
        "no format",
        f"answer.{long[0]}",
        f"Nothing says what kind of text “{long[0]}” is: an e-mail, a note, a text message.",
        "Name it in the task, for example: “Write an e-mail …”.",
        asked.task.strip(),
    )


def length(asked: Asked) -> Iterator[Remark]:
    """Remark a text of which nobody says how long it may be."""
    if any(lexicon.LENGTH.search(one.plain) for one in asked.sentences):
        return
    for name, block in asked.texts.items():
        most = block.get("max")
        if (isinstance(most, int) and most <= ENOUGH_ROOM) or lexicon.LENGTH.search(
            plain(_about(asked, name))
        ):
            continue
        vague = next((one for one in asked.sentences if lexicon.SHORT.search(one.plain)), None)
        says = f"Nothing says how long “{name}” may be."
        if vague:
            says = f"“{vague.text}” is not the same for everyone, and nothing else says how long “{name}” may be."
        mend = f"Write “At most 120 words.” among the rules, or give “{name}” a limit of characters."
        yield Remark(
            "no length", vague.where if vague else f"answer.{name}", says, mend, vague.text if vague else ""
        )
        return


def audience(asked: Asked) -> Iterator[Remark]:
    """Remark a letter that nobody is to read."""
    if not any(_room(asked, name) > LONG_TEXT for name in asked.texts):
        return
    if any(
        lexicon.READERS.search(one.plain) or lexicon.BY_TRADE.search(one.plain) for one in asked.sentences
    ):
        return
    if any(lexicon.READERS.search(plain(_about(asked, name))) for name in asked.texts):
        return
    yield Remark(
        "no audience",
        "task",
        "Nothing says who reads it, so the AI guesses what they know and how to speak to them.",
        "Say for whom it is, for example: “… to a new customer who has not used us before.”",
        asked.task.strip(),
    )


def vague_words(asked: Asked) -> Iterator[Remark]:
    """Remark words that everyone understands differently."""
    for one in asked.sentences:
        found = lexicon.VAGUE_WORDS.search(one.plain)
        if found:
            yield Remark(
                "vague word",
                one.where,
                f"“{found[0]}” means something to you, and nothing to an AI that does not know your business.",
                "Write out what you mean, or leave it out.",
                one.text,
            )


def choices(asked: Asked) -> Iterator[Remark]:
    """Remark choices of which nobody says what they mean."""
    for name, block in asked.choices.items():
        options = block["options"]
        if isinstance(options, dict) or _about(asked, name) or not isinstance(options, list):
            continue
        said = {stem for one in asked.sentences for stem in one.words}
        whole = " ".join(one.plain for one in asked.sentences)
        unexplained = [
            str(option)
            for option in options
            if not _self_explaining(str(option)) and plain(str(option)) not in said | {whole}
            and not re.search(rf"(?<!\w){re.escape(plain(str(option)))}(?!\w)", whole)
        ]  # fmt: skip
        if len(unexplained) * 2 > len(options):
            yield Remark(
                "choices not explained",
                f"answer.{name}",
                f"Nothing says when “{name}” is {_listed(unexplained)}.",
                f"Give each choice a line among the rules, for example: “{unexplained[0]}: …”.",
            )


def _self_explaining(option: str) -> bool:
    words = plain(option).replace("-", " ").replace("_", " ").split()
    return all(word in lexicon.SCALES for word in words)


def _listed(options: list[str]) -> str:
    return ", ".join(options[:-1]) + f" or {options[-1]}" if len(options) > 1 else options[0]


def _verbs(sentence: Sentence) -> list[str]:
    """Return the verbs at the beginnings of a sentence's clauses, and after "to", "should", "please"."""
    found = []
    clauses = re.split(
        r"[,;:–()]|\b(?:and|then|und|dann|y|luego|et|puis|to|should|must|please|bitte)\b", sentence.plain
    )
    for clause in clauses:
        words = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", clause)
        for word in words:
            if word in lexicon.CLEAR_VERBS or word in lexicon.VAGUE_VERBS:
                found.append(word)
                break
            if word not in lexicon.LEADS_IN and not word.endswith("ly"):
                break
        # German, Spanish and French put an infinitive at the end: "Eine kurze E-Mail an den Kunden schreiben."
        if words and words[-1] in _INFINITIVES:
            found.append(words[-1])
    return found


_INFINITIVES = frozenset(
    verb
    for verb in lexicon.CLEAR_VERBS | lexicon.VAGUE_VERBS
    if re.search(r"(?:[a-z]{4,}en|ern)$", verb) and verb not in ("listen",)
)


def _without_record_words(sentence: Sentence) -> str:
    """Return a sentence without what came in: in "answer the customer's message" the message is not the result."""
    return re.sub(
        r"\b(?:the|their|his|her|this|customer[’']s|guest[’']s|client[’']s|incoming|der|die|des|el|la|le|du)\s+(?:\w+\s)?"
        r"(?:messages?|e-?mails?|mails?|notes?|comments?|texts?|nachricht|mensaje|message)\b",
        " ",
        sentence.plain,
    )


def _room(asked: Asked, name: str) -> float:
    most = asked.texts[name].get("max")
    return most if isinstance(most, int | float) else float("inf")


def _about(asked: Asked, name: str) -> str:
    block = asked.answer.get(name)
    return str(block.get("about") or "") if isinstance(block, dict) else ""
