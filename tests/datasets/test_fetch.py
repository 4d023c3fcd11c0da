"""Downloads from a server on this machine: whole and checked, or one sentence and nothing."""

import errno
import hashlib
import io
import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from clusterstats.datasets import _fetch
from clusterstats.datasets._fetch import cache_dir, fetch
from clusterstats.errors import DatasetError, OptionError, SourceError

CONTENT = bytes(range(256)) * 12_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Publisher(BaseHTTPRequestHandler):
    """Answers by path: whole, truncated, chunked, reset, silent or absent."""

    protocol_version = "HTTP/1.1"
    asked: list[str] = []  # noqa: RUF012 - shared by the requests of a test

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/absent":
            self.send_error(404)
            return
        self.send_response(200)
        if self.path == "/chunked":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"ff\r\nbegun")
        else:
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT if self.path == "/whole" else CONTENT[:1_000])
        self.wfile.flush()
        if self.path == "/reset":
            now = b"\x01\x00\x00\x00\x00\x00\x00\x00"
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
        if self.path == "/silent":
            self.server.released.wait(10)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        return


class Server(ThreadingHTTPServer):
    """A server whose silent answers end when the test does."""

    def __init__(self) -> None:
        self.released = threading.Event()
        super().__init__(("127.0.0.1", 0), Publisher)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are part of the tests: nothing is printed."""


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    Publisher.asked.clear()
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_whole_file_is_kept(tmp_path: Path, address: str) -> None:
    path = fetch("a.bin", f"{address}/whole", SHA256, tmp_path / "new" / "cache")
    assert path == tmp_path / "new" / "cache" / "a.bin"
    assert path.read_bytes() == CONTENT
    assert [found.name for found in path.parent.iterdir()] == ["a.bin"]


def test_a_kept_file_is_not_asked_for_again(tmp_path: Path, address: str) -> None:
    for _ in range(2):
        fetch("a.bin", f"{address}/whole", SHA256.upper(), tmp_path)
    assert Publisher.asked == ["/whole"]


def test_a_damaged_file_in_the_cache_is_replaced(tmp_path: Path, address: str) -> None:
    (tmp_path / "a.bin").write_bytes(b"damaged")
    assert fetch("a.bin", f"{address}/whole", SHA256, tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("path", "sha256", "message"),
    [
        ("/truncated", SHA256, r"a\.bin: 127\.0\.0\.1:\d+ sent 1000 of 3072000 bytes; try again"),
        ("/whole", "0" * 64, rf"has sha256 {SHA256}, not 0{{64}}: .*nothing was kept"),
        ("/absent", SHA256, r"/absent answers 404 Not Found; look whether"),
        ("/chunked", SHA256, r"the download from 127\.0\.0\.1:\d+ broke off"),
        ("/reset", SHA256, r"broke off|sent \d+ of 3072000 bytes"),
        ("/silent", SHA256, r"broke off \(.*timed out\); try again"),
    ],
)
@pytest.mark.parametrize("was_there", [True, False])
def test_a_failure_is_one_sentence_and_leaves_what_was(
    tmp_path: Path,
    address: str,
    path: str,
    sha256: str,
    message: str,
    was_there: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_fetch, "TIMEOUT_SECONDS", 0.5)
    if was_there:
        (tmp_path / "a.bin").write_bytes(b"before")
    with pytest.raises(SourceError, match=message) as caught:
        fetch("a.bin", f"{address}{path}", sha256, tmp_path)
    assert "\n" not in str(caught.value)
    assert [found.read_bytes() for found in tmp_path.iterdir()] == [b"before"] * was_there


def test_an_interruption_leaves_nothing(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt("stopped")

    monkeypatch.setattr(_fetch, "_copied", interrupted)
    with pytest.raises(KeyboardInterrupt, match="stopped"):
        fetch("a.bin", f"{address}/whole", SHA256, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk(tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    def opened(handle: int, _: str) -> Full:
        os.close(handle)
        return Full()

    monkeypatch.setattr(_fetch.os, "fdopen", opened)
    with pytest.raises(DatasetError, match=r"can't keep a\.bin \(No space left on device\)"):
        fetch("a.bin", f"{address}/whole", SHA256, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_offline(tmp_path: Path, address: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{unused.getsockname()[1]}/a"
        with pytest.raises(SourceError, match=r"can't be reached .*connect to the network"):
            fetch("a.bin", closed, SHA256, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(DatasetError, match="can't write to .*set CLUSTERSTATS_CACHE"):
        fetch("a.bin", "https://example.org/a", SHA256, tmp_path / "taken")


@pytest.mark.parametrize(
    ("name", "address", "sha256", "message"),
    [
        ("../a", "https://example.org/a", SHA256, "is not the name of a file"),
        ("", "https://example.org/a", SHA256, "is not the name of a file"),
        ("a", "file:///etc/hosts", SHA256, "does not begin with https:// or http://"),
        ("a", "https://example.org/a", "abc", "is not 64 hexadecimal characters"),
    ],
)
def test_bad_arguments(tmp_path: Path, name: str, address: str, sha256: str, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        fetch(name, address, sha256, tmp_path)


def test_the_cache_is_where_the_variable_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("CLUSTERSTATS_CACHE", str(tmp_path / "cache"))
    assert fetch("a", f"{address}/whole", SHA256) == tmp_path / "cache" / "a"


@pytest.mark.parametrize(
    ("platform", "variable", "default"),
    [
        ("linux", "XDG_CACHE_HOME", ".cache"),
        ("win32", "LOCALAPPDATA", "AppData/Local"),
        ("darwin", "", "Library/Caches"),
    ],
)
def test_the_cache_of_each_platform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str, variable: str, default: str
) -> None:
    monkeypatch.delenv("CLUSTERSTATS_CACHE", raising=False)
    monkeypatch.setattr(_fetch.sys, "platform", platform)
    monkeypatch.setattr(_fetch.Path, "home", lambda: tmp_path)
    if variable:
        monkeypatch.setenv(variable, str(tmp_path / "own"))
        assert cache_dir() == tmp_path / "own" / "clusterstats"
        monkeypatch.delenv(variable)
    assert cache_dir() == tmp_path / default / "clusterstats"


def test_a_cache_that_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("CLUSTERSTATS_CACHE", str(tmp_path / "taken"))
    with pytest.raises(DatasetError, match="is a file, not a folder"):
        cache_dir()
