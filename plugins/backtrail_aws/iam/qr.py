"""QR codes as PNG: what an authenticator app scans to learn a seed.

ISO/IEC 18004 in as much as it takes: byte mode, error correction level L, versions 1 to 20, mask 0 (a reader takes
every mask; only the look differs).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from functools import cache

# Level L: error correction codewords a block, and the blocks as (how many, data codewords each), by version.
_BLOCKS: tuple[tuple[int, tuple[tuple[int, int], ...]], ...] = (
    (7, ((1, 19),)),
    (10, ((1, 34),)),
    (15, ((1, 55),)),
    (20, ((1, 80),)),
    (26, ((1, 108),)),
    (18, ((2, 68),)),
    (20, ((2, 78),)),
    (24, ((2, 97),)),
    (30, ((2, 116),)),
    (18, ((2, 68), (2, 69))),
    (20, ((4, 81),)),
    (24, ((2, 92), (2, 93))),
    (26, ((4, 107),)),
    (30, ((3, 115), (1, 116))),
    (22, ((5, 87), (1, 88))),
    (24, ((5, 98), (1, 99))),
    (28, ((1, 107), (5, 108))),
    (30, ((5, 120), (1, 121))),
    (28, ((3, 113), (4, 114))),
    (28, ((3, 107), (5, 108))),
)
_ALIGNMENT: tuple[tuple[int, ...], ...] = (
    (), (6, 18), (6, 22), (6, 26), (6, 30), (6, 34), (6, 22, 38), (6, 24, 42), (6, 26, 46), (6, 28, 50),
    (6, 30, 54), (6, 32, 58), (6, 34, 62), (6, 26, 46, 66), (6, 26, 48, 70), (6, 26, 50, 74), (6, 30, 54, 78),
    (6, 30, 56, 82), (6, 30, 58, 86), (6, 34, 62, 90),
)  # fmt: skip
_QUIET = 4  # modules of white around the code
_SCALE = 4  # pixels a module
_FORMAT_L_MASK_0 = 0b01_000

Grid = list[list[bool | None]]


def png(text: str) -> bytes:
    """A picture of the QR code of a text. Raises `ValueError` for one too long (858 bytes of UTF-8)."""
    return _png(_modules(text.encode()))


def _modules(data: bytes) -> list[list[bool]]:
    version = _version(len(data))
    grid = _frame(version)
    _place(grid, _codewords(data, version))
    return [[bool(module) for module in row] for row in grid]


def _count_bits(version: int) -> int:
    return 8 if version < 10 else 16


def _capacity(version: int) -> int:
    return sum(count * size for count, size in _BLOCKS[version - 1][1])


def _version(length: int) -> int:
    for version in range(1, len(_BLOCKS) + 1):
        if 4 + _count_bits(version) + 8 * length <= 8 * _capacity(version):
            return version
    raise ValueError(f"{length} bytes are too many for a QR code of version {len(_BLOCKS)}")


def _codewords(data: bytes, version: int) -> bytes:
    """Data and error correction codewords, interleaved."""
    capacity = _capacity(version)
    bits = f"0100{len(data):0{_count_bits(version)}b}" + "".join(f"{byte:08b}" for byte in data)
    bits += "0" * min(4, 8 * capacity - len(bits))
    bits += "0" * (-len(bits) % 8)
    whole = bytearray(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
    padding = capacity - len(whole)
    whole += (b"\xec\x11" * padding)[:padding]
    correction, groups = _BLOCKS[version - 1]
    blocks: list[bytes] = []
    start = 0
    for count, size in groups:
        for _ in range(count):
            blocks.append(bytes(whole[start : start + size]))
            start += size
    return _interleaved(blocks) + _interleaved([_correction(block, correction) for block in blocks])


def _interleaved(blocks: Sequence[bytes]) -> bytes:
    longest = max(map(len, blocks))
    return bytes(block[i] for i in range(longest) for block in blocks if i < len(block))


@cache
def _tables() -> tuple[list[int], list[int]]:
    """Powers and logarithms in GF(256) with the polynomial 0x11d."""
    powers, logs, value = [0] * 512, [0] * 256, 1
    for exponent in range(255):
        powers[exponent] = powers[exponent + 255] = value
        logs[value] = exponent
        value = value << 1 ^ (0x11D if value & 0x80 else 0)
    return powers, logs


def _times(one: int, other: int) -> int:
    powers, logs = _tables()
    return powers[logs[one] + logs[other]] if one and other else 0


@cache
def _generator(degree: int) -> tuple[int, ...]:
    """The coefficients of (x - 1)(x - 2)(x - 4)... after the first."""
    powers, _ = _tables()
    made = [1]
    for exponent in range(degree):
        shifted = [*made, 0]
        scaled = [0, *(_times(value, powers[exponent]) for value in made)]
        made = [a ^ b for a, b in zip(shifted, scaled, strict=True)]
    return tuple(made[1:])


def _correction(block: bytes, degree: int) -> bytes:
    """The remainder of a block divided by the generator."""
    generator = _generator(degree)
    rest = [0] * degree
    for byte in block:
        factor = byte ^ rest.pop(0)
        rest.append(0)
        rest = [value ^ _times(factor, by) for value, by in zip(rest, generator, strict=True)]
    return bytes(rest)


def _frame(version: int) -> Grid:
    """The fixed patterns; None where data goes."""
    size = 17 + 4 * version
    grid: Grid = [[None] * size for _ in range(size)]
    for row, column in ((0, 0), (0, size - 7), (size - 7, 0)):
        _finder(grid, row, column)
    centres = _ALIGNMENT[version - 1]
    for row in centres:
        for column in centres:
            if grid[row][column] is None:
                _square(grid, row, column, 2)
    for i in range(8, size - 8):
        if grid[6][i] is None:
            grid[6][i] = grid[i][6] = i % 2 == 0
    grid[size - 8][8] = True
    _format(grid)
    if version >= 7:
        _version_marks(grid, version)
    return grid


def _square(grid: Grid, row: int, column: int, reach: int) -> None:
    """Rings of dark and light around a dark centre."""
    for i in range(-reach, reach + 1):
        for j in range(-reach, reach + 1):
            grid[row + i][column + j] = max(abs(i), abs(j)) % 2 == 0


def _finder(grid: Grid, row: int, column: int) -> None:
    size = len(grid)
    for i in range(-1, 8):
        for j in range(-1, 8):
            if 0 <= row + i < size and 0 <= column + j < size:
                ring = max(abs(i - 3), abs(j - 3))
                grid[row + i][column + j] = ring not in (2, 4)


def _remainder(value: int, polynomial: int, bits: int) -> int:
    """A value followed by its BCH remainder of so many bits."""
    rest = value << bits
    while rest.bit_length() > bits:
        rest ^= polynomial << (rest.bit_length() - polynomial.bit_length())
    return value << bits | rest


def _format(grid: Grid) -> None:
    size = len(grid)
    bits = _remainder(_FORMAT_L_MASK_0, 0b101_0011_0111, 10) ^ 0b101_0100_0001_0010
    around = [(8, i) for i in (0, 1, 2, 3, 4, 5, 7, 8)] + [(i, 8) for i in (7, 5, 4, 3, 2, 1, 0)]
    apart = [(size - 1 - i, 8) for i in range(7)] + [(8, size - 8 + i) for i in range(8)]
    for places in (around, apart):
        for index, (row, column) in enumerate(places):
            grid[row][column] = bool(bits >> 14 - index & 1)


def _version_marks(grid: Grid, version: int) -> None:
    size = len(grid)
    bits = _remainder(version, 0b1_1111_0010_0101, 12)
    for index in range(18):
        row, column = index // 3, size - 11 + index % 3
        grid[row][column] = grid[column][row] = bool(bits >> index & 1)


def _path(grid: Grid) -> Iterator[tuple[int, int]]:
    """The free modules in the order of the data: pairs of columns from the right, up and down in turn."""
    size = len(grid)
    right, upwards = size - 1, True
    while right > 0:
        if right == 6:  # the timing pattern's column
            right -= 1
        for i in range(size):
            row = size - 1 - i if upwards else i
            for column in (right, right - 1):
                if grid[row][column] is None:
                    yield row, column
        right, upwards = right - 2, not upwards


def _place(grid: Grid, codewords: bytes) -> None:
    places = list(_path(grid))
    for index, (row, column) in enumerate(places):
        dark = index < 8 * len(codewords) and bool(codewords[index // 8] >> 7 - index % 8 & 1)
        grid[row][column] = dark ^ ((row + column) % 2 == 0)


def _png(modules: list[list[bool]]) -> bytes:
    """A grey picture of one bit a pixel: https://www.w3.org/TR/png-3/"""
    side = (len(modules) + 2 * _QUIET) * _SCALE
    white = b"\x00" + b"\xff" * -(-side // 8)
    rows = [white] * (_QUIET * _SCALE)
    for row in modules:
        light = [*[1] * _QUIET, *(0 if module else 1 for module in row), *[1] * _QUIET]
        bits = "".join(str(bit) * _SCALE for bit in light)
        bits += "1" * (-len(bits) % 8)
        line = b"\x00" + bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
        rows += [line] * _SCALE
    rows += [white] * (_QUIET * _SCALE)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
