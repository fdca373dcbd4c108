"""Upload forms: any split, odd but legal bodies, broken ones."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail.errors import Refusal
from backtrail.wire.multipart import FormReader

from .forms import TYPE, encode, form_of, read

FORM = {"key": "user/${filename}", "acl": "public-read"}


@given(
    file=st.one_of(
        st.binary(max_size=300),
        st.lists(
            st.sampled_from([b"\r\n", b"--9431149156168", b"x", b"--", b"\r", b"\n--943"]), max_size=12
        ).map(b"".join),
    ),
    cuts=st.lists(st.integers(0, 1 << 16), max_size=30),
)
def test_any_split_gives_the_file(file: bytes, cuts: list[int]) -> None:
    """Whatever the pieces, fields and file come out; a file may hold anything but its own boundary's line."""
    if b"\r\n--9431149156168" in b"\r\n" + file:
        return
    form, got = read(encode({"key": "k", "acl": "é\r\nx"}, file), cuts)
    assert (got, form.fields) == (file, {"key": "k", "acl": "é\r\nx"})
    assert (form.filename, form.content_type) == ("me.jpg", "image/jpeg")


def test_a_byte_at_a_time() -> None:
    """The smallest pieces work; what only begins like the boundary is content."""
    file = b"a\r\n--9431149156168b\r\n--94\r\n"
    body = encode({"key": "k"}, file)
    assert read(body, list(range(len(body))))[1] == file


def test_what_follows_the_file_is_ignored() -> None:
    """Fields after the file do not count, an epilogue neither; a second file is refused."""
    after = encode({"key": "k"}, end="\r\n") + encode({"acl": "x"}, None)[len("--9431149156168\r\n") :]
    form, file = read(after + b"epilogue", [3, 50, 150, 250])
    assert (form.fields, file) == ({"key": "k"}, b"content")
    with pytest.raises(Refusal) as second:
        read(encode({"key": "k"}, end="\r\n") + encode({})[len("--9431149156168\r\n") :])
    assert second.value.message == "POST requires exactly one file upload per request."


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (encode(FORM), "application/json", "PreconditionFailed"),
        (encode(FORM), "", "PreconditionFailed"),
        (encode(FORM), "multipart/form-data", "MalformedPOSTRequest"),
        (encode(FORM), "multipart/form-data; boundary=" + "x" * 71, "MalformedPOSTRequest"),
        (b"", TYPE, "MalformedPOSTRequest"),
        (b"nonsense", TYPE, "MalformedPOSTRequest"),
        (encode(FORM)[:-20], TYPE, "MalformedPOSTRequest"),
        (encode(FORM, None), TYPE, "InvalidArgument"),
        (encode(FORM).replace(b"Content-Disposition", b"X"), TYPE, "MalformedPOSTRequest"),
        (encode(FORM).replace(b"form-data; name", b"form-data; x"), TYPE, "MalformedPOSTRequest"),
        (
            encode({"key": "k"}, end="\r\n").replace(b'"file"', b'"key"') + encode({}),
            TYPE,
            "MalformedPOSTRequest",
        ),
        (encode({"a": "x" * 21_000}), TYPE, "MaxPostPreDataLengthExceeded"),
        (encode({str(n): "x" * 100 for n in range(300)}), TYPE, "MaxPostPreDataLengthExceeded"),
        (b"x" * 30_000, TYPE, "MaxPostPreDataLengthExceeded"),
    ],
)
@pytest.mark.parametrize("whole", [True, False])
def test_broken_forms(body: bytes, content_type: str, code: str, whole: bool) -> None:
    """A body that is no form is refused in S3's words, however it arrives."""
    cuts = None if whole else list(range(0, len(body), 999))
    with pytest.raises(Refusal) as wrong:
        read(body, cuts, content_type)
    assert wrong.value.code == code


def test_file_names() -> None:
    """A path's last segment is the file's name; quotes and RFC 5987 are understood."""
    for sent, name in ((r"C:\\dir\\a.txt", "a.txt"), ("dir/b.txt", "b.txt"), (r"q\"q.txt", 'q"q.txt')):
        assert read(encode({"key": "k"}, filename=sent))[0].filename == name
    extended = encode({"key": "k"}).replace(b'filename="me.jpg"', b"filename*=UTF-8''%C3%A9.txt")
    assert read(extended)[0].filename == "é.txt"


def test_the_key_is_needed() -> None:
    """A form without a key, or with an empty one, is InvalidArgument."""
    for fields, message in (
        ({}, "Bucket POST must contain a field named 'key'."),
        ({"key": ""}, "User key must have"),
    ):
        with pytest.raises(Refusal) as wrong:
            form_of(fields).key()
        assert wrong.value.message.startswith(message)


@given(
    body=st.one_of(
        st.binary(max_size=200),
        st.lists(
            st.sampled_from(
                [
                    b"--9431149156168",
                    b"\r\n",
                    b"--",
                    b"Content-Disposition: form-data",
                    b'; name="file"',
                    b'; name="key"',
                    b"x",
                    b":",
                ]
            ),
            max_size=20,
        ).map(b"".join),
    ),
    cuts=st.lists(st.integers(0, 200), max_size=8),
)
def test_fuzz_forms(body: bytes, cuts: list[int]) -> None:
    """Any body is a form or refused."""
    reader = FormReader(TYPE)
    places = sorted({cut % (len(body) + 1) for cut in cuts} | {0, len(body)})
    try:
        for a, b in pairwise(places):
            reader.feed(body[a:b])
        reader.close()
    except Refusal:
        return
    assert reader.form is not None
