"""
Words and their ideas: folding, tokens, sentences, language, and which words mean the same thing.

`fold` keeps every character in its place, so offsets in folded text are offsets in the text itself.
"""

# ruff: noqa: E501, SIM905 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple

from signoff.checks import gazetteer, lexicon
from signoff.checks.wordings import Beginnings, Wording

LONGEST_SENTENCE = 700
Language = str  # "en", "de", "es" or "fr"

_SPECIAL = {"ß": "s", "’": "'", "‘": "'", "ʼ": "'", "–": "-", "—": "-", "‑": "-", "‐": "-", "−": "-"}
_SPECIAL |= {"\u00a0": " ", "\u202f": " ", "\u2009": " ", "ø": "o", "æ": "a", "œ": "o", "ł": "l"}


@lru_cache(maxsize=4096)
def _fold_one(char: str) -> str:
    if char in _SPECIAL:
        return _SPECIAL[char]
    plain = unicodedata.normalize("NFD", char.lower())[:1]
    return plain or char


def fold(text: str) -> str:
    """Return the text in lower case without accents, character for character as long as before."""
    if text.isascii():
        return text.lower()
    return "".join(map(_fold_one, text))


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """Return a folded word without the commonest plural and gender endings of our four languages."""
    if len(word) > 5 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 4 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    if len(word) > 6 and word.endswith("ern"):
        word = word[:-3]
    elif len(word) > 5 and word.endswith(("en", "er")):
        word = word[:-2]
    if len(word) > 4 and word[-1] in "eao":
        word = word[:-1]
    return word


_Phrase = tuple[tuple[str, ...], tuple[str, ...]]  # its words, and what they stand for together
_Phrases = Sequence[_Phrase]


class _Table:
    """One table of the lexicon: word or phrase -> the ideas it stands for."""

    def __init__(self, *tables: str, stems: bool = True) -> None:
        self.words: dict[str, tuple[str, ...]] = {}
        self.phrases: dict[str, list[_Phrase]] = {}
        phrases: dict[tuple[str, ...], tuple[str, ...]] = {}
        for line in "\n".join(tables).strip().splitlines():
            idea, _, spelled = line.partition(":")
            for entry in {*spelled.split()}:
                parts = tuple(fold(entry).split("_"))
                if len(parts) == 1:
                    for form in {parts[0], stem(parts[0])} if stems else {parts[0]}:
                        self.words[form] = _with(self.words.get(form, ()), idea)
                else:
                    phrases[parts] = _with(phrases.get(parts, ()), idea)
        for parts, ideas in sorted(phrases.items(), key=lambda item: -len(item[0])):
            for first in {parts[0], stem(parts[0])} if stems else {parts[0]}:
                self.phrases.setdefault(first, []).append((parts, ideas))
        self.begun = frozenset([*self.words, *self.phrases])

    def of(self, word: str) -> tuple[str, ...]:
        """Return the ideas of one folded word; nothing when it is not in the table."""
        if len(word) == 5 and word[-1] in "oa":
            return self.words.get(word) or ()  # short words of other languages differ by just that vowel
        return self.words.get(word) or self.words.get(stem(word)) or ()


def _with(ideas: tuple[str, ...], idea: str) -> tuple[str, ...]:
    return ideas if idea in ideas else (*ideas, idea)


IDEAS = _Table(lexicon.COUNTED, lexicon.MATTERS, lexicon.FEATURES)
CHOICES = _Table(lexicon.CHOICES, stems=False)
STATUSES = _Table(lexicon.STATUSES, stems=False)
PLACES = _Table(gazetteer.COUNTRIES, gazetteer.CITIES)


def _names(table: str) -> frozenset[str]:
    return frozenset(line.split(":")[0] for line in table.strip().splitlines())


COUNTED = _names(lexicon.COUNTED)
FEATURES = _names(lexicon.FEATURES)
COUNTRY_NAMES = _names(gazetteer.COUNTRIES)


@lru_cache(maxsize=16384)
def ideas(word: str) -> tuple[str, ...]:
    """Return what a folded word stands for: ideas of the lexicon, else its own stem behind a "~"."""
    if word in lexicon.FALSE_FRIENDS:
        return ("~" + word,)
    known = IDEAS.of(word)
    if not known and ("ue" in word or "oe" in word or "ae" in word):
        known = IDEAS.of(word.replace("ue", "u").replace("oe", "o").replace("ae", "a"))
    if known:
        return known
    if len(word) >= 9:  # German puts words together: the last part says what it is.
        for cut in range(3, len(word) - 3):
            tail = IDEAS.words.get(word[cut:])
            if tail and len(word) - cut >= 5:
                return (*tail, "~" + stem(word))
    return ("~" + stem(word.replace("ae", "a").replace("oe", "o").replace("ue", "u").replace("ss", "s")),)


class Token(NamedTuple):
    """One word, or one phrase of the lexicon, with its place in the text."""

    start: int
    end: int
    word: str
    ideas: tuple[str, ...]


_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[a-z]+")
_FIGURES = re.compile(r"\d+")


def words_of(folded: str) -> list[tuple[int, int, str]]:
    """Return the single words of a folded text, each with its place."""
    found: list[tuple[int, int, str]] = []
    end = 0
    for word in _WORD.findall(folded):  # quicker than one match after another
        start = folded.find(word, end)
        end = start + len(word)
        found.append((start, end, word))
    return found


def letters_of(folded: str) -> frozenset[str]:
    """Return every run of plain letters in a folded text: "jun" of "3jun", where a word would be the whole."""
    return frozenset(_LETTERS.findall(folded))


@lru_cache(maxsize=16384)
def _meaning(word: str) -> tuple[_Phrases, tuple[str, ...]]:
    """Return the phrases of the lexicon that a word may begin, and its ideas where it stands alone."""
    return IDEAS.phrases.get(word) or IDEAS.phrases.get(stem(word)) or (), ideas(word)


def _alike(one: str, other: str) -> bool:
    return one == other or (len(one) > 3 and stem(one) == stem(other))


def tokens(folded: str, found: Sequence[tuple[int, int, str]]) -> list[Token]:
    """Return the words of a folded text in order, phrases of the lexicon taken as one."""
    result: list[Token] = []
    at = 0
    count = len(found)
    while at < count:
        start, end, word = found[at]
        begun, alone = _meaning(word)
        if not begun:  # as with most words
            result.append(Token(start, end, word, alone))
            at += 1
            continue
        merged = None
        for parts, meaning in begun:
            size = len(parts)
            if (
                at + size <= count
                and _alike(found[at + 1][2], parts[1])  # most end here, and a loop over the rest takes longer
                and all(_alike(found[at + i][2], parts[i]) for i in range(2, size))
            ):
                last = found[at + size - 1][1]
                if last - start <= sum(map(len, parts)) + size + 5:
                    merged = Token(start, last, folded[start:last], meaning)
                    at += size
                    break
        if merged is None:
            merged = Token(start, end, word, alone)
            at += 1
        result.append(merged)
    return result


class Sentence(NamedTuple):
    """One sentence or line, with its place in the text."""

    start: int
    end: int
    asks: bool


_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|st|nr|no|ca|approx|inkl|zzgl|ggf|bzw|sr|sra|srta|mme|mlle|vs|etc|tel|str|max|min"
    r"|mo|di|mi|do|fr|sa|so|mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|jun|jul|aug|sep|sept|okt|oct|nov|dez|dec"
    r"|z\.b|d\.h|u\.a|a\.m|p\.m|e\.g|i\.e|e|m)|\b[a-z])$"
)
# Its first character comes before all else, for `re` skips to those quicker than it tries one thing after another.
_BREAK = re.compile(r"[.!?…\n](?:(?<=[^\n])[\"'”»)*_]*\s+|(?<=\n)\n*)")
_AFTER_ORDINAL = re.compile(
    r"(?:jan|feb|mar|apr|mai|jun|jul|aug|sep|okt|nov|dez|stock|etage|og\b|obergeschos|quartal|bis\b|und\b|-)"
)


def sentences(text: str, folded: str) -> list[Sentence]:
    """Return the sentences of a text; every line ends one, abbreviations and "3. Juni" do not."""
    result: list[Sentence] = []
    start = 0
    for match in _BREAK.finditer(folded):
        mark = folded[match.start()]
        if mark == ".":
            before = folded[max(0, match.start() - 8) : match.start()]
            after = folded[match.end() : match.end() + 12]
            newline = "\n" in match.group()
            if not newline and before[-1:].isdigit() and _AFTER_ORDINAL.match(after):
                continue
            if not newline and _ABBREVIATION.search(before) and not before.endswith((" i", "\ni")):
                continue
            following = text[match.end() : match.end() + 1]
            if following.islower():
                continue
        if match.end() > start:
            result.append(Sentence(start, match.end(), "?" in match.group()))
        start = match.end()
    if start < len(folded):
        result.append(Sentence(start, len(folded), folded.rstrip(" \"'*_)")[-1:] == "?"))
    if all(sentence.end - sentence.start <= LONGEST_SENTENCE for sentence in result):
        return result
    return [piece for sentence in result for piece in _shortened(folded, sentence)]


def _shortened(folded: str, sentence: Sentence) -> Iterator[Sentence]:
    """Yield a sentence in pieces that end between words: nobody writes so long a one, and time must stay bounded."""
    start = sentence.start
    while sentence.end - start > LONGEST_SENTENCE:
        cut = folded.rfind(" ", start + 1, start + LONGEST_SENTENCE) + 1 or start + LONGEST_SENTENCE
        yield Sentence(start, cut, sentence.asks)
        start = cut
    yield Sentence(start, sentence.end, sentence.asks)


STOPWORDS: dict[Language, frozenset[str]] = {
    "en": frozenset(
        "the and you your we is are for with our of to be have will can this that it on from at by has not would thank"
        " thanks please hi dear hello any as an if or was".split()
    ),
    "de": frozenset(
        "der die das und sie ihr ihre ihren ihnen wir ist sind fur mit unser unsere von zu haben hat wird kann nicht auf"
        " im am den dem ein eine einen uns hallo gerne bitte bei oder es auch vielen dank zum zur uber ich".split()
    ),
    "es": frozenset(
        "el la los las y usted su sus es son para con nuestro nuestra de que en un una por del al se lo le no tiene"
        " hola gracias nos como esta este muy hemos ha puede".split()
    ),
    "fr": frozenset(
        "le la les et vous votre vos nous est sont pour avec notre nos de des du que en un une par au aux se ne pas"
        " bonjour merci ce cette dans sur il elle avons a peut je".split()
    ),
}


_LANGUAGES = {  # of a small word, those that have it
    word: [language for language, words in STOPWORDS.items() if word in words]
    for word in frozenset().union(*STOPWORDS.values())
}


def language_of(words: Iterator[str] | list[str]) -> Language | None:
    """Return the likeliest language of some folded words, or None when nothing speaks for any."""
    points = dict.fromkeys(STOPWORDS, 0)
    for word in words:
        for language in _LANGUAGES.get(word, ()):
            points[language] += 1
    best = max(points, key=lambda language: points[language])
    return best if points[best] else None


_NONE: frozenset[str] = frozenset()
_SHARED = _NONE.union(*lexicon.OTHER_TONGUES.values())


class Text:
    """A text with everything that is looked up in it again and again."""

    def __init__(self, raw: str, language: Language | None = None) -> None:
        self.raw = raw
        self.folded = fold(raw)
        self._language = language
        self.words = words_of(self.folded)  # every single word with its place
        self.vocabulary = frozenset(word for _, _, word in self.words)
        self.named: dict[str, Named] = {}  # by table, once it was asked for

    @cached_property
    def beginnings(self) -> Beginnings:
        """Where its words begin, for the wordings that are looked for in it."""
        return Beginnings(self.folded, self._word_starts)

    @cached_property
    def tokens(self) -> list[Token]:
        found = tokens(self.folded, self.words)
        if not _SHARED.isdisjoint(self.vocabulary):
            theirs = lexicon.OTHER_TONGUES.get(language_of([token.word for token in found]) or "", _NONE)
            return [t._replace(ideas=("~" + t.word,)) if t.word in theirs else t for t in found]
        return found

    @cached_property
    def _word_starts(self) -> list[int]:
        return [start for start, _, _ in self.words]

    def words_between(self, start: int, end: int) -> list[tuple[int, int, str]]:
        """Return the single words that begin between two places."""
        starts = self._word_starts
        return self.words[bisect_left(starts, start) : bisect_left(starts, end)]

    @cached_property
    def letters(self) -> frozenset[str]:
        """Every run of plain letters."""
        return letters_of(self.folded)

    @cached_property
    def figures(self) -> list[int]:
        """Where its runs of digits begin."""
        return [match.start() for match in _FIGURES.finditer(self.folded)]

    @cached_property
    def starts(self) -> list[int]:
        return [token.start for token in self.tokens]

    @cached_property
    def denies(self) -> bool:
        """Whether anything in it is denied."""
        return NEGATION.search(self.folded) is not None

    @cached_property
    def sentences(self) -> list[Sentence]:
        return sentences(self.raw, self.folded)

    @cached_property
    def _sentence_starts(self) -> list[int]:
        return [sentence.start for sentence in self.sentences]

    @cached_property
    def language(self) -> Language:
        found = language_of([token.word for token in self.tokens])
        return found or self._language or "en"

    def sentence_at(self, place: int) -> Sentence:
        """Return the sentence that holds a place of the text."""
        if not self.sentences:
            return Sentence(0, len(self.raw), False)
        return self.sentences[max(0, bisect_right(self._sentence_starts, place) - 1)]

    def first_token_from(self, place: int) -> int:
        """Return the index of the first token that starts at or after a place."""
        return bisect_left(self.starts, place)


_CAMEL = re.compile(r"(?<=[a-zäöüéèáíóúñ0-9])(?=[A-ZÄÖÜ])|(?<=[A-Z])(?=[A-Z][a-z])")
_DIGITS_APART = re.compile(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z]{3})")
_UNIT_WORDS = frozenset("m2 m3".split())


@lru_cache(maxsize=8192)
def name_words(name: str) -> tuple[Token, ...]:
    """Return the words of a field's name: `numberOfDentists`, `check_in`, `numemployees` taken apart."""
    spaced = _CAMEL.sub(" ", name[:200])
    folded = fold(spaced).replace("_", " ").replace("-", " ")
    found: list[Token] = []
    for token in tokens(folded, words_of(folded)):
        if token.ideas[0].startswith("~") and len(token.word) >= 6 and token.word not in lexicon.GENERIC:
            found.extend(_split(token))
        else:
            found.append(token)
    return tuple(found)


@lru_cache(maxsize=8192)
def plain_words(name: str) -> frozenset[str]:
    """Return every single word of a field's name."""
    return frozenset(part for token in name_words(name) for part in token.word.split())


def _split(token: Token) -> list[Token]:
    """Return `annualrevenue` as two words if both are known, else the word itself."""
    word = token.word
    for cut in range(3, len(word) - 2):
        head, tail = word[:cut], word[cut:]
        glued = head in _GLUE and (tail in lexicon.GENERIC or IDEAS.of(tail))
        if glued or (len(head) > 3 and len(tail) > 4 and head in IDEAS.words and tail in IDEAS.words):
            return [Token(0, 0, part, ideas(part)) for part in (head, tail)]
    return [token]


_GLUE = frozenset(
    "num number total annual monthly first last job order life cycle cust has is max min".split()
)


_MEASURING = frozenset(
    "days day hours hour minutes minute weeks week months month years year tage wochen monate jahre stunden minuten dias horas semanas"
    " meses anos jours heures semaines mois annees ans min mins".split()
)


COUNTING = frozenset(["number of", *"nb nbr nbre anz anzahl num cm mm pcm kwh kw mbps mbit mb gb tb".split()])


@lru_cache(maxsize=8192)
def label_ideas(name: str) -> tuple[frozenset[str], ...]:
    """Return the ideas of each telling word in a field's name; nothing for a name like `value`."""
    words = name_words(name)
    if len(words) > 2 and words[0].word == "nombre" and words[1].word in ("de", "d"):
        words = words[2:]  # `nombre_de_caisses` counts, it names nobody.
    telling = [w for w in words if w.word not in lexicon.GENERIC and not w.word.isdigit()]
    measuring = [w for w in telling if w.word not in _MEASURING]
    telling = measuring or telling
    # `number_of_dentists` and `width_cm` are about dentists and a width.
    telling = [w for w in telling if w.word not in COUNTING] or telling
    if not telling:
        telling = [w for w in words if not w.ideas[0].startswith("~")]
    return tuple(frozenset(w.ideas) for w in telling)


# Words that turn a statement round, searched in folded text.
NEGATION = Wording(
    r"\b(?:no|non|not|n't|cannot|never|without|none|neither|nor|unfortunately not|lacks?|unavailable|excluded|excludes"
    r"|excluding|prohibited|nothing|nichts|nada|rien|kein|keine|keinen|keinem|keiner|keinerlei|keins|nicht|ohne|nie|niemals|weder|leider nicht"
    r"|ausgeschlossen|verboten|untersagt|exklusive|zuzuglich|zzgl|sin|nunca|ningun|ninguna|tampoco|carece|prohibido|prohibida"
    r"|excluido|excluida|sans|pas|aucun|aucune|jamais|ni|interdit|interdite|interdits|exclu|exclus|exclue|aren't|isn't"
    r"|doesn't|don't|hasn't|haven't|wasn't|weren't|can't|won't|didn't|free of|yet to|noch nicht|separately|extra charge)\b"
    r"|n't\b"
)


Named = list[tuple[int, int, tuple[str, ...]]]  # where something is named, and what


def phrases(text: Text, table: Literal["choices", "statuses"]) -> Named:
    """Return where a text names entries of a closed table, longest phrases first come, first taken."""
    known = text.named.get(table)
    if known is None:
        known = text.named[table] = _phrases(text, CHOICES if table == "choices" else STATUSES)
    return known


def _phrases(text: Text, source: _Table) -> Named:
    if source.begun.isdisjoint(text.vocabulary):
        return []
    words = text.words
    found: list[tuple[int, int, tuple[str, ...]]] = []
    begun = source.begun
    after = 0  # what was taken last
    for at in [place for place, (_, _, word) in enumerate(words) if word in begun]:
        if at < after:
            continue
        start, end, word = words[at]
        after = at + 1
        following = words[at + 1][2] if at + 1 < len(words) else ""
        for parts, meaning in source.phrases.get(word, ()):
            if parts[1] != following:
                continue  # most end here, and a loop over the rest takes longer
            size = len(parts)
            if at + size <= len(words) and all(words[at + i][2] == parts[i] for i in range(2, size)):
                found.append((start, words[at + size - 1][1], meaning))
                after = at + size
                break
        else:
            single = source.words.get(word)
            if single:
                found.append((start, end, single))
    return found
