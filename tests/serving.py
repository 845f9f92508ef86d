"""A server on this machine that answers as it is told."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Served:
    """What a server offers, and what it was asked for.

    Attributes:
        address: Without a slash at its end.
        asked: Path and query of each request, in their order.
        credentials: Header ``Authorization`` of each request.
    """

    address: str
    asked: list[str] = field(default_factory=list)
    credentials: list[str | None] = field(default_factory=list)


@contextmanager
def served(files: Mapping[str, bytes]) -> Iterator[Served]:
    """Serve files by name; under ``/cut/`` half of each comes, ``/slow/`` never answers, ``/500/`` fails."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            offer.asked.append(self.path)
            offer.credentials.append(self.headers.get("Authorization"))
            way, _, name = self.path.partition("?")[0].removeprefix("/").rpartition("/")
            if way == "slow":
                time.sleep(1.5)
                return
            if way == "500" or name not in files:
                self.send_error(500 if way == "500" else 404)
                return
            content = files[name]
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if way == "cut" else content)

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        offer = Served(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield offer
        server.shutdown()
        thread.join()
