"""Local servers that answer, refuse, hang and redirect as a test asks; each on a free loopback port."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Request:
    """What a server was sent."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: str


@dataclass
class Reply:
    """What it answers; `hang` waits for the server's end before any answer."""

    status: int = 200
    body: str = "{}"
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False
    drip: bool = False


Answer = Callable[[Request], Reply]


@dataclass
class HttpServer:
    """A running server: where it is and what it has been sent."""

    url: str
    requests: list[Request]
    peers: set[tuple[str, int]]


@contextmanager
def http_server(answer: Answer) -> Iterator[HttpServer]:
    """Run a server until the block ends; what hangs is let go then."""
    over = threading.Event()
    running = HttpServer("", [], set())

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            url, length = urlsplit(self.path), int(self.headers.get("content-length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            sent = self.rfile.read(length).decode()
            request = Request(self.command, url.path, parse_qs(url.query), headers, sent)
            running.requests.append(request)
            running.peers.add(self.client_address)
            self._reply(answer(request))

        def _reply(self, reply: Reply) -> None:
            if reply.hang:
                over.wait(30)
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            content = reply.body.encode()
            self.send_header("content-length", str(len(content) + (10 if reply.drip else 0)))
            self.end_headers()
            self.wfile.write(content)
            if reply.drip:
                over.wait(30)
                self.close_connection = True

        do_GET = do_POST = _handle

        def log_message(self, format: str, *args: object) -> None:
            """Silent: the tests look at `requests`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    running.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield running
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()
