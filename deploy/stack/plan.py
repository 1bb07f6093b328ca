"""Where each process of the next start will answer: where it did last time when that is free, else where it likes."""

import contextlib
from urllib.parse import urlsplit

from deploy.stack import ports
from deploy.stack.issuer import issuer_url
from deploy.stack.layout import API_PORTS, ISSUER_PORT, SERVICES, SMTP_PORT, WORKER_PORTS, Layout, NoStack, Stack

KAFKA_PORT = 8092


def plan(layout: Layout) -> Stack:
    """A stack with every address but the database's."""
    last = _last(layout)
    taken: set[int] = set()

    def address(known: str | None, preferred: int) -> str:
        port = ports.choose(_port(known), preferred)
        while port in taken:
            port = ports.any_free()
        taken.add(port)
        return f"{ports.LOOPBACK}:{port}"

    stack = Stack(mails=str(layout.mails), logs=str(layout.log("x").parent), embedded=True)
    stack.kafka = address(last.kafka, KAFKA_PORT)
    stack.smtp = address(last.smtp, SMTP_PORT)
    stack.issuer = issuer_url(int(address(last.issuer, ISSUER_PORT).rpartition(":")[2]))
    stack.apis = {service: f"http://{address(last.apis.get(service), API_PORTS[service])}" for service in SERVICES}
    stack.workers = {
        service: f"http://{address(last.workers.get(service), WORKER_PORTS[service])}" for service in SERVICES
    }
    return stack


def _last(layout: Layout) -> Stack:
    for file in (layout.description, layout.last_description):
        with contextlib.suppress(NoStack):
            return Stack.read(file)
    return Stack()


def _port(address: str | None) -> int | None:
    if not address:
        return None
    return urlsplit(address if "//" in address else f"//{address}").port
