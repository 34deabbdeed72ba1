"""Do two of the owner's sentences want opposite things?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from signoff.prompts.coach import lexicon
from signoff.prompts.coach.asked import Asked, Remark
from signoff.prompts.coach.text import Sentence, plain, stem

CHARACTERS_A_WORD = 5  # with the space after it, on the low side: fewer words than this fit no room
_NUMBERS = {
    word: number
    for number, words in enumerate(
        [
            "", "one a an single ein eine einen einem uno una un une", "two zwei dos deux", "three drei tres trois",
            "four vier cuatro quatre", "five funf cinco cinq", "six sechs seis", "seven sieben siete sept",
            "eight acht ocho huit", "nine neun nueve neuf", "ten zehn diez dix",
        ]
    )
    for word in words.split()
}  # fmt: skip
_UNIT = {
    "word": "words", "wort": "words", "worte": "words", "palabra": "words", "mot": "words",
    "sentence": "sentences", "satz": "sentences", "satze": "sentences", "frase": "sentences", "phrase": "sentences",
    "oracion": "sentences", "character": "characters", "zeichen": "characters", "caractere": "characters",
    "caracter": "characters",
}  # fmt: skip
_AMOUNT = rf"({lexicon.NUMBERS})[\s-]+(words?|wort\w*|palabras?|mots?|sentences?|satz\w*|frases?|phrases?|oracion\w*|" \
    r"characters?|zeichen|caracteres?)\b"  # fmt: skip
_AT_LEAST = re.compile(
    r"\b(?:at least|no less than|not less than|more than|minimum(?: of)?|over|mindestens|wenigstens|mehr als|al menos|"
    rf"minimo(?: de)?|mas de|au moins|minimum(?: de)?|plus de)\s+{_AMOUNT}"
)
_AT_MOST = re.compile(
    r"\b(?:at most|no more than|not more than|maximum(?: of)?|max\.?|under|below|up to|within|less than|fewer than|"
    r"hochstens|maximal|nicht mehr als|unter|bis zu|como mucho|maximo(?: de)?|menos de|hasta|au maximum|au plus|"
    rf"maximum(?: de)?|moins de|pas plus de|in)\s+{_AMOUNT}"
)
_BETWEEN = re.compile(rf"\b({lexicon.NUMBERS})\s*(?:to|and|bis|und|a|y|et|-|–)\s*{_AMOUNT}")


def lengths(asked: Asked) -> Iterator[Remark]:
    """Remark lengths that no text can have."""
    least: dict[str, tuple[int, Sentence]] = {}
    most: dict[str, tuple[int, Sentence]] = {}
    for one in asked.wishes:
        for bound, number, unit in _bounds(one):
            kept = least if bound == "least" else most
            if unit not in kept or (bound == "least") == (number > kept[unit][0]):
                kept[unit] = (number, one)
    for unit, (low, sentence) in least.items():
        if unit in most and low > most[unit][0]:
            yield _clash(
                sentence, most[unit][1], f"No text has at least {low} and at most {most[unit][0]} {unit}."
            )
            return
    if "words" in least and asked.texts:
        low, sentence = least["words"]
        rooms = [block.get("max") for block in asked.texts.values()]
        room = max((r if isinstance(r, int) else 10**9 for r in rooms), default=10**9)
        if low * CHARACTERS_A_WORD > room:
            yield Remark(
                "contradiction",
                sentence.where,
                f"{low} words do not fit into {room} characters, which is what the answer has room for.",
                "Give the answer's field a larger limit, or ask for fewer words.",
                sentence.text,
            )


def opposites(asked: Asked) -> Iterator[Remark]:
    """Remark pairs such as "formal" and "like a friend", or two languages."""
    for name, here, other, there in lexicon.OPPOSITES:
        first = next((one for one in asked.wishes if _says(here, one)), None)
        second = next((one for one in asked.sentences if _says(there, one)), None)
        if first and second and first != second:
            yield _clash(first, second, f"“{first.text}” asks for {name}, “{second.text}” for {other}.")
    spoken: dict[str, Sentence] = {}
    for one in asked.wishes:
        found = lexicon.IN_LANGUAGE.search(one.plain)
        if found and not re.search(r"\b(?:if|when|wenn|falls|si)\b", one.plain):
            spoken.setdefault(lexicon.LANGUAGES[found[1]], one)
    if len(spoken) > 1:
        (name, first), (other, second), *_ = spoken.items()
        if first != second:
            yield _clash(first, second, f"One sentence asks for {name}, another for {other}.")


def never_and_do(asked: Asked) -> Iterator[Remark]:
    """Remark what is forbidden in one place and asked for in another."""
    for never in (one for one in asked.sentences if one.forbids):
        if lexicon.QUALIFIED.search(never.plain):
            continue  # "no price that is not in the record" and "state the price" go together
        objects = _objects(never)
        if not objects or len(objects) > 4:
            continue
        for wish in asked.wishes:
            if objects <= wish.stems and not re.search(
                r"\b(?:not|no|never|without|nicht|kein\w*|sin|sans)\b", wish.plain
            ):
                says = f"“{wish.text}” asks for what “{never.text}” forbids."
                yield _clash(wish, never, says)
                return


def _objects(sentence: Sentence) -> frozenset[str]:
    """Return the stems of what a sentence is about, without its verbs and small words."""
    return frozenset(stem(word) for word in sentence.words if word not in lexicon.MENTION_VERBS)


def _says(pattern: re.Pattern[str], sentence: Sentence) -> bool:
    found = pattern.search(sentence.plain)
    if not found:
        return False
    before = sentence.plain[max(0, found.start() - 12) : found.start()]
    return not re.search(
        r"\b(?:not|no|never|nicht|nie|kein\w*|too|zu|pas|trop|demasiado)\s+(?:\w+\s)?$", before
    )


def _bounds(sentence: Sentence) -> Iterator[tuple[str, int, str]]:
    for pattern, bound in ((_AT_LEAST, "least"), (_AT_MOST, "most")):
        for found in pattern.finditer(sentence.plain):
            yield bound, _number(found[1]), _unit(found[2])
    for found in _BETWEEN.finditer(sentence.plain):
        yield "least", _number(found[1]), _unit(found[3])
        yield "most", _number(found[2]), _unit(found[3])


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS.get(plain(word), 1)


def _unit(word: str) -> str:
    return _UNIT.get(word) or _UNIT.get(word.rstrip("s")) or _UNIT.get(word.rstrip("ersn")) or "words"


def _clash(first: Sentence, second: Sentence, says: str) -> Remark:
    return Remark(
        "contradiction",
        first.where,
        says,
        f"Keep one of them: “{first.text}” or “{second.text}”.",
        first.text,
    )
