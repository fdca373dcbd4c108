"""Upload forms as a browser sends them."""

from __future__ import annotations

from itertools import pairwise

from backtrail.wire.multipart import FormReader, PostForm

TYPE = "multipart/form-data; boundary=9431149156168"


def encode(
    fields: dict[str, str], file: bytes | None = b"content", filename: str = "me.jpg", end: str = "--\r\n"
) -> bytes:
    """A form as a browser sends it."""
    lines = [
        f'--9431149156168\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'
        for n, v in fields.items()
    ]
    body = "".join(lines).encode()
    if file is not None:
        disposition = f'Content-Disposition: form-data; name="file"; filename="{filename}"'
        body += (
            f"--9431149156168\r\n{disposition}\r\nContent-Type: image/jpeg\r\n\r\n".encode() + file + b"\r\n"
        )
    return body + b"--9431149156168" + end.encode()


def read(body: bytes, cuts: list[int] | None = None, content_type: str = TYPE) -> tuple[PostForm, bytes]:
    """A form through the reader, cut at the given places."""
    reader = FormReader(content_type)
    places = sorted({cut % (len(body) + 1) for cut in cuts or []} | {0, len(body)})
    file = b"".join(reader.feed(body[a:b]) for a, b in pairwise(places))
    reader.close()
    assert reader.form is not None
    return reader.form, file


def form_of(fields: dict[str, str], filename: str = "") -> PostForm:
    """A form that was read."""
    return PostForm({name.lower(): value for name, value in fields.items()}, filename)
