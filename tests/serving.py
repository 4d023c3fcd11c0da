"""A publisher on this machine: files by path, whole, cut short, or behind a page."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class Shelf:
    """What is served: content by path; those in `cut` promise more bytes than they send."""

    address: str
    files: dict[str, bytes] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)


@contextmanager
def serving(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """Serve a shelf; requests from this process go to it without a proxy."""
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    shelf = Shelf("")

    class Publisher(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.lstrip("/")
            shelf.asked.append(path)
            if path not in shelf.files:
                self.send_error(404)
                return
            content = shelf.files[path]
            self.send_response(200)
            self.send_header("Content-Length", str(len(content) + 100 * (path in shelf.cut)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    shelf.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield shelf
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
