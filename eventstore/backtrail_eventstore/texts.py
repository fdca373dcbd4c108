"""From a file's bytes to its documents, in bounded memory.

JSON lines, one document, or several after another.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator

import msgspec

from backtrail_eventstore import documents
from backtrail_eventstore.documents import MAX_RECORD_BYTES, Item, Refused
from backtrail_eventstore.rejections import Code
from backtrail_eventstore.unpacking import Broken

WHOLE_BYTES = 32 * 1024 * 1024
"""A document up to this size is read whole; of a larger one, records are taken as they come."""

_FIRST_BYTES = 1024 * 1024  # enough to see whether it is lines

_BOM = b"\xef\xbb\xbf"
_CONTAINER = re.compile(rb'\s*(?:\{\s*"(?:Records|Events|logEvents|events)"\s*:\s*)?\[\s*')
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_SPACE_AND_COMMA = re.compile(r"[\s,]*")
_CLOSING = re.compile(r"[\]}\s]*")
_MOST_HELD = 100_000  # refusals, until something looks like a record
_WEDGE = 64 * 1024  # looked at to tell text from anything else

_scan = json.JSONDecoder().raw_decode


class _Buffer:
    """What has been read of a file and not yet been used."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self.data = b""
        self.ended = False
        self.broken: Broken | None = None

    def more(self) -> bool:
        """Read another piece; False at the end of the file, or of what can be read of it."""
        if self.ended:
            return False
        try:
            piece = next(self._pieces, None)
        except Broken as broken:
            self.broken = broken
            piece = None
        if piece is None:
            self.ended = True
            return False
        self.data += piece
        return True

    def fill(self, size: int) -> None:
        """Read until there are so many bytes, or all."""
        pieces = [self.data]
        have = len(self.data)
        self.data = b""
        while have < size and self.more():
            pieces.append(self.data)
            have += len(self.data)
            self.data = b""
        self.data = b"".join(pieces)


def items(pieces: Iterator[bytes]) -> Iterator[Item]:
    """Every record of a file, and everything in it that is none. Never raises on what a file may hold.

    Where nothing in it looks like a record, that is one refusal, not one for each element of somebody else's JSON.
    """
    held: list[Refused] | None = []
    for item in _items(pieces):
        if held is not None:
            if isinstance(item, Refused) and item.code is Code.WRONG_TOP_LEVEL and len(held) < _MOST_HELD:
                held.append(item)
                continue
            yield from held
            held = None
        yield item
    if held:
        several = f", and {len(held) - 1} more like it" if len(held) > 1 else ""
        yield Refused(Code.WRONG_TOP_LEVEL, held[0].detail + several)


def _items(pieces: Iterator[bytes]) -> Iterator[Item]:
    buffer = _Buffer(_as_utf8(pieces))
    buffer.fill(_FIRST_BYTES)
    buffer.data = buffer.data.removeprefix(_BOM)
    if buffer.ended and buffer.broken is None and (found := documents.of_trail_file(buffer.data)) is not None:
        for raw in found:
            yield from documents.inside(raw)
        return
    lines = _is_lines(buffer)
    if not lines:
        buffer.fill(WHOLE_BYTES)
        lines = _is_lines(buffer)
    if not buffer.data.strip():
        if buffer.broken is None:
            yield Refused(Code.EMPTY)
    elif (refused := _no_text(buffer.data)) is not None:
        yield refused
        return
    else:
        yield from _lines(buffer) if lines else _document(buffer)
    if buffer.broken is not None:
        yield Refused(buffer.broken.code, buffer.broken.detail)


def _as_utf8(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """A file's text, out of UTF-16 where its first two bytes say so: what PowerShell makes of `aws … > FILE`."""
    head = b""
    while len(head) < 2 and (piece := next(pieces, None)) is not None:
        head += piece
    if head[:2] not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        if head:
            yield head
        yield from pieces
        return
    decode = codecs.getincrementaldecoder("utf-16")().decode
    try:
        yield decode(head).encode()
        for piece in pieces:
            yield decode(piece).encode()
        yield decode(b"", final=True).encode()
    except UnicodeError:
        raise Broken(Code.NOT_UTF8, "it begins as UTF-16, and is damaged") from None


def _no_text(data: bytes) -> Refused | None:
    head = data[:_WEDGE]
    if head[:4:2] == b"\0\0" or head[1:4:2] == b"\0\0":
        return Refused(Code.NOT_UTF8, "it seems to be UTF-16; `iconv -f UTF-16LE -t UTF-8 FILE` converts it")
    if _CONTROL.search(head):
        return Refused(Code.BINARY)
    if head.lstrip()[:1] in (b"{", b"["):
        return None  # each record is looked at on its own
    try:
        # Cut between two characters at the latest 3 bytes before the end.
        head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:
            return Refused(Code.NOT_UTF8)
    return None


def _is_lines(buffer: _Buffer) -> bool:
    """Whether each line is a document.

    The first is one and is not all, or a later one is though it is not.
    """
    lines = buffer.data.lstrip().split(b"\n", 2)
    if len(lines) < 2 or not any(line.strip() for line in lines[1:]):
        return False
    return _is_json(lines[0]) or (lines[1][:1] in (b"{", b"[") and _is_json(lines[1]))


def _is_json(line: bytes) -> bool:
    try:
        documents.decode(line.strip())
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _lines(buffer: _Buffer) -> Iterator[Item]:
    while True:
        lines = buffer.data.split(b"\n")
        buffer.data = lines.pop()
        for line in lines:
            found = documents.plain(line)
            if found is not None:
                yield found
            elif line.strip():
                yield from documents.records(line)
        if len(buffer.data) > WHOLE_BYTES:
            yield Refused(Code.TOO_LARGE, "a line without end")
            _skip_line(buffer)
        if not buffer.more():
            break
    if buffer.data.strip() and (buffer.broken is None or _is_json(buffer.data)):
        yield from documents.records(buffer.data)


def _skip_line(buffer: _Buffer) -> None:
    while b"\n" not in buffer.data:
        buffer.data = b""
        if not buffer.more():
            return
    buffer.data = buffer.data.split(b"\n", 1)[1]


def _document(buffer: _Buffer) -> Iterator[Item]:
    """One document where it is whole and not too large; else the records of it, one after the other."""
    if buffer.ended and _is_whole(buffer.data):
        yield from documents.records(buffer.data)
        return
    container = _CONTAINER.match(buffer.data)
    if container is None and not buffer.ended:
        yield Refused(
            Code.FILE_TOO_LARGE, f"a document of more than {WHOLE_BYTES} bytes that is no list of records"
        )
    elif container is None and buffer.data.lstrip()[:1] == b"{":
        yield from _elements(buffer, 0)  # several documents without a line between them, or a broken one
    elif container is None:
        yield from documents.records(buffer.data)
    else:
        yield from _elements(buffer, container.end())


def _is_whole(data: bytes) -> bool:
    try:
        msgspec.json.decode(data, type=msgspec.Raw)
    except msgspec.MsgspecError:
        return False
    except RecursionError:
        return True  # to be told so
    return True


class _Text:
    """Text that grows at its end and is forgotten at its beginning."""

    def __init__(self, buffer: _Buffer, at: int) -> None:
        self._buffer = buffer
        buffer.data = buffer.data[at:]
        self.text = ""
        self.at = 0
        self._take()

    @property
    def left(self) -> int:
        """How much has been read and not been used."""
        return len(self.text) - self.at

    def more(self) -> bool:
        """Read on."""
        if not self._buffer.more():
            return False
        self.text = self.text[self.at :]
        self.at = 0
        self._take()
        return True

    def skip(self, pattern: re.Pattern[str]) -> None:
        """Go past what matches here."""
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def _take(self) -> None:
        data, cut = self._buffer.data, len(self._buffer.data)
        if not self._buffer.ended:
            # The bytes of a character that goes on in the next piece stay.
            while cut > max(0, len(data) - 4) and data[cut - 1 : cut] > b"\x7f":
                cut -= 1
        self.text += data[:cut].decode("utf-8", "surrogateescape")
        self._buffer.data = data[cut:]


def _elements(buffer: _Buffer, at: int) -> Iterator[Item]:
    """The elements of a list that begins at `at` (0.

    Documents one after the other), to where it ends or breaks.
    """
    open_list = at > 0
    text = _Text(buffer, at)
    while True:
        if text.left < MAX_RECORD_BYTES and text.more():
            continue
        text.skip(_SPACE_AND_COMMA)
        if open_list and text.text[text.at : text.at + 1] == "]":
            open_list = False
            text.skip(_CLOSING)
            if text.text[text.at : text.at + 1] not in ("{", "["):
                return  # other members of the container, which say nothing about records
        if not text.left and not open_list and not buffer.broken:
            return
        try:
            _, end = _scan(text.text, text.at)
        except RecursionError:
            yield Refused(Code.TOO_DEEP)
            return
        except json.JSONDecodeError as error:
            if text.left < 4 * MAX_RECORD_BYTES and text.more():
                continue
            yield from _break(buffer, text, error)
            return
        yield from documents.records(text.text[text.at : end].encode("utf-8", "surrogateescape"))
        text.at = end


def _break(buffer: _Buffer, text: _Text, error: json.JSONDecodeError) -> Iterator[Item]:
    if buffer.broken is not None:
        return  # reported as what it is
    if not buffer.ended:
        yield Refused(Code.TOO_LARGE, "the rest of the file was not read")
        return
    ends_inside = error.pos >= len(text.text.rstrip()) - 1 or error.msg.startswith("Unterminated")
    yield Refused(Code.CUT_OFF) if ends_inside else Refused(Code.NOT_JSON, error.msg)
