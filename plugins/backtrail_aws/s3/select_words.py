"""The words of S3 Select's SQL.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference-select.html
"""

from __future__ import annotations

import re
from enum import Enum, auto

import msgspec

from backtrail import Refusal
from backtrail_aws.s3 import errors

# evidence of the codes: page https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (S3 Select)

_TOKENS = re.compile(
    r"""\s*(?:
        (?P<number>\d+\.\d*(?:[eE][+-]?\d+)?|\.?\d+(?:[eE][+-]?\d+)?)
      | (?P<string>'(?:[^']|'')*')
      | (?P<quoted>"(?:[^"]|"")*")
      | (?P<word>[A-Za-z_$][A-Za-z0-9_$]*)
      | (?P<sign><>|!=|<=|>=|\|\||[=<>+\-*/%(),.\[\];])
    )""",
    re.VERBOSE,
)


class Kind(Enum):
    """What a token is."""

    NUMBER = auto()
    STRING = auto()
    QUOTED = auto()
    WORD = auto()
    SIGN = auto()
    END = auto()


class Token(msgspec.Struct, frozen=True):
    """A word of an expression. `text` has no quotes; `upper` is its key word, "" for what can be none."""

    kind: Kind
    text: str
    at: int

    @property
    def upper(self) -> str:
        return self.text.upper() if self.kind in (Kind.WORD, Kind.SIGN) else ""


def tokens(text: str) -> list[Token]:
    """The tokens of an expression, END last. Refuses a character that begins none."""
    found: list[Token] = []
    at = 0
    while at < len(text.rstrip()):
        match = _TOKENS.match(text, at)
        if match is None or match.lastgroup is None:
            raise refused("LexerInvalidChar", f"Invalid character at line 1, column {at + 1}.")
        word = match[match.lastgroup]
        kind = Kind[match.lastgroup.upper()]
        if kind in (Kind.STRING, Kind.QUOTED):
            quote = word[0]
            word = word[1:-1].replace(quote * 2, quote)
        found.append(Token(kind, word, match.start(match.lastgroup)))
        at = match.end()
    found.append(Token(Kind.END, "", len(text)))
    return found


class Reader:
    """Reads tokens one by one."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._at = 0

    @property
    def now(self) -> Token:
        """The token that comes next."""
        return self._tokens[self._at]

    def ahead(self, steps: int) -> Token:
        """A token further on."""
        return self._tokens[min(self._at + steps, len(self._tokens) - 1)]

    def take(self) -> Token:
        """The token that comes next, taken."""
        token = self.now
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def accept(self, *words: str) -> bool:
        """Take these words where they come next."""
        if all(
            self._tokens[min(self._at + i, len(self._tokens) - 1)].upper == word
            for i, word in enumerate(words)
        ):
            self._at += len(words)
            return True
        return False

    def expect(self, word: str, code: str = "ParseUnexpectedToken") -> None:
        """Take a word, or refuse what stands in its place."""
        if not self.accept(word):
            raise self.unexpected(code)

    def name(self) -> str:
        """Take a name, quoted or not."""
        if self.now.kind not in (Kind.WORD, Kind.QUOTED):
            raise self.unexpected()
        return self.take().text

    def whole(self) -> int:
        """Take a whole number."""
        if self.now.kind is not Kind.NUMBER or not self.now.text.isdecimal():
            raise self.unexpected()
        return int(self.take().text)

    def unexpected(self, code: str = "ParseUnexpectedToken") -> Refusal:
        """The refusal of the token that comes next."""
        token = self.now
        what = "end of input" if token.kind is Kind.END else f"token {token.text!r}"
        return refused(code, f"Unexpected {what} at line 1, column {token.at + 1}.")


def refused(code: str, message: str) -> Refusal:
    """A refusal of an expression, in S3 Select's codes; the messages' exact words are a guess."""
    return errors.refused(code, message)  # evidence: page ErrorResponses (S3 Select error codes)
