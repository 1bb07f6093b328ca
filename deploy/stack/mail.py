"""An SMTP server that keeps every message in a folder and sends none."""

import argparse
import asyncio
import signal
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.stack import ports
from deploy.stack.mailbox import Mailbox

REFRESHED_EVERY = 0.5


class Sink:
    """What aiosmtpd calls: accept, keep, remember that the index is behind."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self.behind = asyncio.Event()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message; the answer is given once it is on disk."""
        self.mailbox.keep(envelope.original_content or b"", envelope.rcpt_tos)
        self.behind.set()
        return "250 OK"

    async def refresh(self) -> None:
        """Rewrite the index when messages came, at most twice a second."""
        while True:
            await self.behind.wait()
            self.behind.clear()
            self.mailbox.write_index()
            await asyncio.sleep(REFRESHED_EVERY)


async def serve(folder: Path, port: int, host: str = ports.LOOPBACK) -> None:
    """Receive on host:port until SIGTERM or SIGINT; the index is up to date when this returns."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for request in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(request, ended.set)
    sink = Sink(Mailbox(folder))
    sink.mailbox.write_index()
    server = await loop.create_server(
        lambda: SMTP(sink, enable_SMTPUTF8=True, hostname="localhost", ident="QMI sink", loop=loop), host, port
    )
    refreshing = asyncio.create_task(sink.refresh())
    print(f"{host}:{port}", flush=True)
    await ended.wait()
    server.close()
    refreshing.cancel()
    sink.mailbox.write_index()


def main(arguments: list[str] | None = None) -> None:
    """Receive mails until SIGTERM or SIGINT; the address is the only line printed."""
    parser = argparse.ArgumentParser(prog="deploy.stack.mail", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("var/mails"))
    parser.add_argument("--host", default=ports.LOOPBACK)
    parser.add_argument("--port", type=int, default=8025)
    asked = parser.parse_args(arguments)
    asyncio.run(serve(asked.folder, asked.port, asked.host))


if __name__ == "__main__":
    main()
