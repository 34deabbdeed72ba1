"""
The text of a letter: from bytes of any charset, from HTML, and without what it quotes of earlier letters. Pure.

Nothing here raises for what a letter holds. What mail programs do to HTML and to quoted history is written down
nowhere; the marks below are those of Gmail, Outlook, Apple Mail, Thunderbird, Yahoo and Proton.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping
from typing import Final

from signoff.connectors.markup import tags_and_text

# What was declared is read as what is meant: browsers and mail programs do the same (WHATWG Encoding).
_MEANT: Final = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "ansi_x3.4-1968": "cp1252",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    "utf8mb4": "utf-8",
}
_SHIFTING: Final = ("iso-2022", "hz", "utf-7", "utf-16", "utf-32")  # bytes that look like ASCII and are not
LONGEST_HTML: Final = 600_000
LONGEST_LINE: Final = 20_000
LONGEST_LINK: Final = 200  # longer ones are there to follow people, not to be read


def decoded(data: bytes, charset: str = "", *, is_utf8: bool = False) -> str:
    """
    Return bytes as text, whatever was declared about them; what no charset explains becomes "\ufffd".

    `is_utf8`: somebody on the way has made UTF-8 of it and left the declaration as it was (Gmail's API does).
    """
    declared = charset.strip().strip("\"'").lower()
    shifting = declared.startswith(_SHIFTING)
    if data.startswith(codecs.BOM_UTF8):
        data, declared, shifting = data.removeprefix(codecs.BOM_UTF8), "utf-8", False
    tries = [declared, "utf-8"] if not is_utf8 or (shifting and b"\x1b" in data) else ["utf-8", declared]
    if declared in ("", "ascii", "us-ascii", "unknown-8bit", "x-unknown", "iso-8859-1", "latin1"):
        # UTF-8 that calls itself something else is common; Latin-1 that is UTF-8 by chance is not.
        tries = ["iso-2022-jp"] if b"\x1b$" in data else []
        tries += ["utf-8", "cp1252"]
    for name in filter(None, tries):
        try:
            return data.decode(_MEANT.get(name, name))
        except (LookupError, ValueError):
            continue
    return data.decode("cp1252" if not shifting else "utf-8", "replace")


# HTML

_BLOCKS: Final = frozenset(
    {
        "address",
        "article",
        "aside",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figure",
        "footer",
        "form",
        "header",
    }
    | {"main", "nav", "section", "tr"}
)
_APART: Final = frozenset(
    {"h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul"}
)  # an empty line around
_SILENT: Final = frozenset(
    {"script", "style", "title", "template", "object", "svg", "math", "select", "textarea"}
)
_VOID: Final = frozenset(
    {
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
        "o:p",
    }
)
_HIDDEN: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?![.\d])"
)
_ATTRIBUTION: Final = frozenset({"gmail_attr", "moz-cite-prefix", "protonmail_quote_header"})
_REPLY_STARTS: Final = frozenset({"divrplyfwdmsg", "appendonsend", "ms-outlook-mobile-reference-message"})
HISTORY: Final = "\x1e"  # stands alone on a line where the HTML says that an earlier letter begins
_SPACES: Final = re.compile(r"[ \t\n\r\f\v\u00a0\u200b\u200c\u034f\ufeff\u00ad]+")
MOST_DEPTH: Final = 200


def text_of_html(html: str) -> str:
    """
    Return what a person sees of an HTML letter, as lines; quoted parts begin with ">".

    Links are kept behind their words, pictures by their description; what is hidden is left out.
    """
    reader = _Reader()
    for part in tags_and_text(html[:LONGEST_HTML]):
        if isinstance(part, str):
            reader.take_text(part)
        elif part.closes:
            reader.close_tag(part.name)
        else:
            reader.open_tag(part.name, part.attributes)
    return reader.text()


class _Reader:
    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line = ""
        self._open: list[tuple[str, bool, bool]] = []  # tag, is it silent, does it quote
        self._silent = 0
        self._quotes = 0
        self._pre = 0
        self._links: list[tuple[str, int]] = []

    def open_tag(self, tag: str, told: Mapping[str, str]) -> None:
        if tag == "br":
            self._end_line()
        elif tag == "hr":
            self._apart()
        elif tag == "img" and not self._silent:
            self._picture(told)
        if tag in _VOID or len(self._open) > MOST_DEPTH:
            return
        silent = tag in _SILENT or "hidden" in told or bool(_HIDDEN.search(told.get("style", "").lower()))
        marks = {told.get("id", "").lower(), *told.get("class", "").lower().split()}
        quotes = tag == "blockquote" or bool(marks & _ATTRIBUTION)
        self._begin(tag)
        if marks & _REPLY_STARTS and not self._silent and not self._quotes:
            self._apart()
            self._lines += [HISTORY]
        if quotes:
            self._apart() if tag == "blockquote" else self._break()
            self._quotes += 1
        self._silent += silent
        self._open.append((tag, silent, quotes))
        if tag == "a":
            self._links.append((told.get("href", "").strip(), len(self._line)))

    def close_tag(self, tag: str) -> None:
        if not any(opened == tag for opened, _, _ in self._open):
            if tag == "p":
                self._apart()
            return
        while self._open:
            opened, silent, quotes = self._open.pop()
            if opened == "a":
                self._end_link()
            if quotes:
                self._break()
                self._quotes -= 1
                self._apart()
            self._silent -= silent
            self._end(opened)
            if opened == tag:
                return

    def take_text(self, data: str) -> None:
        if self._silent:
            return
        if self._pre and len(self._line) <= LONGEST_LINE:
            first, *rest = data.split("\n")
            self._line += first
            for line in rest:
                self._end_line()
                self._line = line
            return
        words = _SPACES.sub(" ", data)
        if len(self._line) > LONGEST_LINE:
            self._end_line()
        self._line += words.lstrip() if not self._line or self._line.endswith(" ") else words

    def text(self) -> str:
        self._end_line()
        lines, blank = [], 0
        for line in self._lines:
            blank = blank + 1 if line.strip("> ") == "" else 0
            if blank < 2:
                lines.append(line.rstrip())
        return "\n".join(lines).strip("\n")

    def _begin(self, tag: str) -> None:
        if tag in _APART:
            self._apart()
        elif tag in _BLOCKS:
            self._break()
        elif tag == "li":
            self._break()
            self.take_text("- ")
        elif tag in ("td", "th") and self._line.strip():
            self._line = self._line.rstrip() + "  "
        self._pre += tag == "pre"

    def _end(self, tag: str) -> None:
        if tag in _APART:
            self._apart()
        elif tag in _BLOCKS or tag == "li":
            self._break()
        self._pre -= tag == "pre"

    def _break(self) -> None:
        """End the line, if anything stands on it."""
        if self._line.strip():
            self._end_line()

    def _end_line(self) -> None:
        """Put the line away behind as many ">" as it is quoted; an empty one only between others."""
        words = self._line.rstrip() if self._pre else self._line.strip()
        self._line = ""
        self._links = [(link, 0) for link, _ in self._links]
        self._lines.append(f"{'>' * self._quotes} {words}" if self._quotes else words)

    def _apart(self) -> None:
        self._break()
        if self._lines and self._lines[-1].strip("> "):
            self._end_line()

    def _end_link(self) -> None:
        link, start = self._links.pop() if self._links else ("", 0)
        bare = re.sub(r"^(https?://|mailto:|tel:)", "", link).rstrip("/")
        if self._silent or not bare or bare == link or len(link) > LONGEST_LINK:
            return
        if bare.lower() not in self._line[start:].lower().replace(" ", ""):
            self._line = f"{self._line.rstrip()} ({link.removeprefix('mailto:').removeprefix('tel:')})"

    def _picture(self, told: Mapping[str, str]) -> None:
        words = _SPACES.sub(" ", told.get("alt", "")).strip()
        if words and told.get("width") != "1" and told.get("height") != "1":
            self.take_text(f"[{words}]")


# What a letter quotes

_WROTE: Final = (
    r"wrote|writes|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|skrev|napisał\(?a?\)?|napsala?|kirjoitti|"
    r"написала?|写道|書きました|yazdı"
)
# "On Tue, 24 Nov 2026 at 10:00, Ada Lovelace <ada@example.test> wrote:", also over three lines.
_SAID: Final = re.compile(
    rf".{{0,500}}(?<!\w)(?:{_WROTE})(?:[ ,(<].{{0,200}})?\s?[:：]"
    r"|\d{4}-\d\d-\d\d.{1,200}<\S{1,200}@\S{1,200}>:",
    re.IGNORECASE,
)
_DATED: Final = re.compile(r"@|\b(?:19|20)\d\d\b|\d{1,2}[./:]\d{1,2}")
_BEGUN: Final = re.compile(r"(?:on|am|le|el|il|op|em|den|på|w dniu|dne|\d{1,4})\b.*\d", re.IGNORECASE)
_ORIGINAL: Final = re.compile(
    r"\s*[-_]{2,}\s*(?:original message|original appointment|ursprüngliche nachricht|message d'origine|"
    r"mensaje original|messaggio originale|oorspronkelijk bericht|mensagem original|ursprungligt meddelande|"
    r"alkuperäinen viesti)\s*[-_]{2,}\s*",
    re.IGNORECASE,
)
_LABELS: Final = (
    r"from|sent|to|cc|date|subject|reply-to|von|gesendet|an|datum|betreff|de|envoyé|à|objet|enviado|para|asunto|fecha|"
    r"da|inviato|a|oggetto|data|van|verzonden|aan|onderwerp|assunto|enviada|från|skickat|till|ämne"
)
_LABEL: Final = re.compile(rf"\s*\*?(?:{_LABELS})\s*:\*?(?:\s|$)", re.IGNORECASE)


def without_history(text: str, *, is_forwarded: bool = False) -> tuple[str, str]:
    """
    Return (what was written now, what is quoted of earlier letters).

    A forwarded letter is what its sender wants read, so nothing of it counts as history. Where everything is
    quoted, nothing is: then somebody answered inside the quotation, and it takes the whole to understand it.
    """
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    whole = _joined(line for line in lines if line != HISTORY)
    if is_forwarded:
        return whole, ""
    new: list[str] = []
    old: list[str] = []
    for number, line in enumerate(lines):
        if line == HISTORY or _ORIGINAL.fullmatch(line) or _is_header(lines, number):
            old += lines[number:]
            break
        length = _attribution(lines, number)
        if length:
            follows = next((later for later in lines[number + length :] if later), "")
            if not follows.startswith(">"):
                old += lines[number:]
                break
            old += lines[number : number + length]
            lines[number : number + length] = [""] * length
            new.append("")
        elif line.startswith(">"):
            old.append(line)
        else:
            new.append(line)
    written = _joined(new)
    if not written:
        return whole, ""
    return written, _joined(line for line in old if line != HISTORY)


def _attribution(lines: list[str], number: int) -> int:
    """Return over how many lines, from this one, it is said who wrote what follows; 0 where it is not."""
    if not lines[number] or lines[number].startswith(">"):
        return 0
    said = ""
    for length in (1, 2, 3) if _BEGUN.match(lines[number]) else (1,):
        part = lines[number + length - 1] if number + length <= len(lines) else ""
        if not part or len(part) > 300:
            return 0
        said = f"{said} {part}".strip()
        if _SAID.fullmatch(said) and _DATED.search(said):
            return length
    return 0


def _is_header(lines: list[str], number: int) -> bool:
    """Say whether here stands the head of an earlier letter, as Outlook puts it: From, Sent, To, Subject."""
    if not _LABEL.match(lines[number]):
        return False
    near = [line for line in lines[number : number + 8] if line][:6]
    return sum(bool(_LABEL.match(line)) for line in near) >= 3 and any(
        "@" in line or re.search(r"\d{4}", line) for line in near
    )


def _joined(lines: Iterable[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
