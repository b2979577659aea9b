"""Traces pass through whether or not they are exported, and what is exported quotes nothing."""

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from shared.observability import tracing

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
CANARY = "CANARY-9b1c"
ROOT = Path(__file__).parents[3]


def test_nothing_is_open() -> None:
    assert tracing.current_traceparent() is None


def test_with_tracing_off_the_trace_is_passed_on() -> None:
    with tracing.consuming(PARENT, "handle"):
        assert tracing.current_traceparent() == PARENT
    assert tracing.current_traceparent() is None


@pytest.mark.parametrize("given", [None, "", "nonsense", "00-0-0-00"])
def test_none_or_a_malformed_one_is_ignored(given: str | None) -> None:
    with tracing.consuming(PARENT, "outer"), tracing.consuming(given, "handle"):
        assert tracing.current_traceparent() is None


def test_errors_pass_through() -> None:
    with pytest.raises(KeyError), tracing.consuming(None, "handle"):
        raise KeyError(CANARY)


def test_without_an_endpoint_nothing_is_set_up() -> None:
    tracing.configure("tasking", None)()
    with tracing.consuming(None, "handle") as span:
        assert not span.is_recording()


class Collector(BaseHTTPRequestHandler):
    """Takes what an exporter posts."""

    bodies: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        self.bodies.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing of it belongs in the test's output."""


def test_spans_reach_the_collector_without_an_error_s_text() -> None:
    Collector.bodies = []
    server = HTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    program = (
        "import sys; from shared.observability import tracing\n"
        f"end = tracing.configure('tasking', 'http://127.0.0.1:{server.server_port}/v1/traces')\n"
        "try:\n"
        f"    with tracing.consuming('{PARENT}', 'handle pursue', topic='t'):\n"
        "        print(tracing.current_traceparent())\n"
        f"        raise ValueError('{CANARY}')\n"
        "except ValueError: pass\n"
        "end()"
    )
    try:
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    sent = b"".join(Collector.bodies)
    assert done.stdout.startswith(f"00-{TRACE}-")
    assert bytes.fromhex(TRACE) in sent
    assert b"handle pursue" in sent
    assert b"ValueError" in sent
    assert CANARY.encode() not in sent
