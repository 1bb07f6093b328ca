"""Between the `traceparent` of W3C, which is stored and sent, and the contexts of OpenTelemetry."""

import re

from opentelemetry.trace import Span, SpanContext, Status, StatusCode, TraceFlags

# Sampled, and (level 2 of the specification) identified at random.
_KNOWN_FLAGS = 0x03
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


def context_of(traceparent: str | None) -> SpanContext | None:
    """The context a `traceparent` of version 00 names; None when it names none."""
    found = _TRACEPARENT.fullmatch(traceparent or "")
    if found is None:
        return None
    trace, span, flags = (int(part, 16) for part in found.groups())
    context = SpanContext(trace, span, is_remote=True, trace_flags=TraceFlags(flags & _KNOWN_FLAGS))
    return context if context.is_valid else None


def traceparent_of(span: Span) -> str:
    """The `traceparent` of what a span causes; sampled or not, the trace has its identifier."""
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def end(span: Span | None, error: BaseException | None) -> None:
    """End a span, if there is one, with what went wrong, if anything."""
    if span is None:
        return
    if error is not None:
        # Its class only: what it says may quote a row.
        span.set_attribute("error.type", type(error).__qualname__)
        span.set_status(Status(StatusCode.ERROR))
    span.end()
