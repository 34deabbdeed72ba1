"""Where in a letter a word stands: in its signature, at the beginning of a sentence, in a heading."""

# ruff: noqa: E501 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re

from signoff.checks.reading import Reading
from signoff.checks.wordings import Wording

_CLOSING = re.compile(
    r"(?:^|\n|[.!?]\s)[ \t*]*(?:(?:with )?(?:best|kind|kindest|warm|warmest|many|friendly)?[ ]?(?:regards|wishes|thanks)|(?:yours )?(?:sincerely|truly|faithfully)|yours|best|cheers|thanks|thank you|all the best|take care|warmly|respectfully|talk soon|speak soon|mit (?:freundlichen|besten|herzlichen) gr(?:u|ue)s{1,2}en|(?:viele|beste|herzliche|liebe|freundliche|schone|sonnige) gr(?:u|ue)s{1,2}e(?: aus [a-z]+)?|mfg|lg|ihr team|ihre?\b|(?:un )?(?:cordial(?:es)? )?saludos?(?: cordial(?:es)?)?|atentamente|cordialmente|un abrazo|gracias|(?:bien )?cordialement|bien a vous|salutations|(?:sinceres|meilleures) salutations|a bientot|hasta pronto|bonne journee|belle journee|amicalement|merci|sent from)[ ]?[,.!]?(?:[ ](?=[a-z][\w ]{1,30}$)|\s*\n)",
)
_SIGNING = Wording(
    r"\b(?:my name is|i'm|i am|this is|it's|mein name ist|ich bin|ich heise|me llamo|mi nombre es|soy|je m'appelle|je suis|mon nom est|here at|us at|team at|team bei|on behalf of|im namen von|en nombre de|au nom de|equipo de|equipe de|equipe|ici)\s(?:the |der |die |el |la |le )?$"
)
_SUBJECT = re.compile(r"\s*(?:subject|betreff|asunto|objet|re:|#)", re.IGNORECASE)
_LONGER_WORD = re.compile(r"[^\W\d_]{3,}")
_LETTER = re.compile(r"[^\W_]")
_BEFORE_A_BEGINNING = tuple(':•|*"“„«(>-.!?')
# A name, a role or a firm: a few words that mostly bear a capital, without the marks of a sentence or a list.
_SIGNATURE_LINE = re.compile(
    r"|(?:[A-ZÀ-Þ][\w.'’&À-ÿ-]*|(?:von|van|de|del|der|la|le|di|du|des|und|and|y|et|i\.\s?A\.)|[|,/·&–-])(?:\s?[,|/·–-]?\s(?:(?:L’|L'|d’|d'|l’|l')?[A-ZÀ-Þ][\w.'’&À-ÿ-]*|[a-zà-ÿ]{1,14}|[|/·&–-])){0,6}"
)


class Layout:
    """The layout of one answer."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.raw = reading.text.raw
        self.folded = reading.text.folded

    def is_signed(self, place: int) -> bool:
        """Return whether a place is in the signature at the end, or in "my name is ..."."""
        if place >= self._signature:
            return True
        return _SIGNING.search(self.reading.text, max(0, place - 40), place) is not None

    def is_of_sender(self, place: int) -> bool:
        return _SIGNING.search(self.reading.text, max(0, place - 40), place) is not None

    def begins_sentence(self, start: int) -> bool:
        sentence = self.reading.sentence(start)
        lead = self.raw[sentence.start : start]
        return not _LETTER.search(lead) or lead.rstrip().endswith(_BEFORE_A_BEGINNING)

    def is_heading(self, place: int) -> bool:
        """Return whether a line is a heading, where words bear capitals for show."""
        low = self.raw.rfind("\n", max(0, place - 300), place) + 1 or max(0, place - 300)
        high = self.raw.find("\n", place, place + 300)
        line = self.raw[low : high if high >= 0 else place + 300]
        if _SUBJECT.match(line):
            return True
        if line.rstrip().endswith((".", "!", "?", ",")):
            return False
        words = _LONGER_WORD.findall(line)
        capitals = sum(1 for w in words if w[0].isupper())
        return len(words) >= 3 and capitals >= 0.75 * len(words)

    @property
    def _signature(self) -> int:
        if not hasattr(self, "_signature_at"):
            last = len(self.raw) + 1
            for match in _CLOSING.finditer(self.folded):
                if len(self.raw) - match.start() <= 400 and match.start() > 0:
                    rest = self.folded[match.end() :]
                    if "?" in rest.split("p.s")[0]:
                        continue
                    last = match.start()
                    break
            self._signature_at = min(last, self._last_lines())
        return self._signature_at

    def _last_lines(self) -> int:
        """Return where the short lines at the end begin that no sentence stands in: after any closing, a name and a firm."""
        at = end = len(self.raw.rstrip())
        for _ in range(4):
            start = self.raw.rfind("\n", 0, end) + 1
            line = self.raw[start:end].strip(" *_-–—\t\r")
            if start == 0 or len(line) > 48 or not _SIGNATURE_LINE.fullmatch(line):
                break
            if line:
                at = start
            end = start - 1
        if at < len(self.raw.rstrip()):
            start = self.raw.rfind("\n", 0, max(0, at - 1)) + 1
            line = self.raw[start : at - 1].strip()
            if start > 0 and len(line) <= 60 and line.endswith(","):
                return start  # "With kind regards from Whitby,"
        return at if at < len(self.raw.rstrip()) else len(self.raw) + 1
