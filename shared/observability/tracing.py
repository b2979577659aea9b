"""Traces: off unless an exporter is configured; the W3C traceparent travels inside the events."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()


def configure(service: str, endpoint: str | None) -> Callable[[], None]:
    """Export spans to `endpoint` (OTLP over HTTP, the full address of the collector's traces); nothing if it is None.

    Once a process. Returns what ends it: it sends what is waiting, for some seconds at most.
    """
    if not endpoint:
        return lambda: None
    provider = TracerProvider(resource=Resource({SERVICE_NAME: service}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=3)))
    trace.set_tracer_provider(provider)
    return provider.shutdown


def current_traceparent() -> str | None:
    """The traceparent of the span that is open here, or None when tracing is off."""
    if not trace.get_current_span().get_span_context().is_valid:
        return None
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


def is_on() -> bool:
    """Whether spans are exported."""
    return isinstance(trace.get_tracer_provider(), TracerProvider)


def passed_on(traceparent: str | None, name: str, **attributes: str | int) -> str | None:
    """What the events that a delivery causes carry: a span of its own when tracing is on, else what it came with."""
    if not is_on():
        return traceparent
    with consuming(traceparent, name, **attributes):
        return current_traceparent()


@contextmanager
def consuming(traceparent: str | None, name: str, **attributes: str | int) -> Iterator[Span]:
    """A span for handling one delivery, as part of the trace that its event came with; a malformed one is ignored.

    `attributes` are codes (topic, group, type), never what an event says. An error ends the span with its class
    alone: its text may quote the event. With tracing off it costs next to nothing and still passes the trace on.
    """
    parent = _PROPAGATOR.extract({"traceparent": traceparent} if traceparent else {}, Context())
    with trace.get_tracer("nclcc").start_as_current_span(
        name,
        context=parent,
        kind=SpanKind.CONSUMER,
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except BaseException as error:
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
