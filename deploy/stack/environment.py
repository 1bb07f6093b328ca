"""The settings each process of the embedded stack receives."""

import os
import sys
from urllib.parse import urlsplit

from deploy.stack.child import Child
from deploy.stack.layout import SERVICES, Layout, Stack

MAIL_FROM = "qmi@example.org"
GRACE = 10
OWNER = "owner"
APPLICATION = "services.{service}.main:create_{kind}"
PASSED_ON = ("QMI_LOG", "QMI_LOG_LEVEL", "QMI_OTLP_ENDPOINT", "QMI_TRACE_RATIO")


def passwords(layout: Layout) -> dict[str, str]:
    """The password of each role of the database: `owner`, and one per service."""
    return {role: layout.secret(f"database-{role}") for role in (OWNER, *SERVICES)}


def role_dsn(layout: Layout, any_dsn: str, role: str) -> str:
    """The DSN of one of our roles on the database of another DSN."""
    address = urlsplit(any_dsn)
    place = f"{address.hostname}:{address.port}{address.path}"
    return f"postgresql://qmi_{role}:{passwords(layout)[role]}@{place}"


def settings(layout: Layout, stack: Stack, service: str, kind: str = "api") -> dict[str, str]:
    """The environment of a process of a service (api, worker); nothing QMI_ is inherited but how it is watched."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("QMI_")}
    chosen = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {
        **inherited,
        "PYTHONUNBUFFERED": "1",
        "QMI_MODE": "sandbox",
        "QMI_DATABASE_URL": role_dsn(layout, stack.database, service),
        "QMI_KAFKA": stack.kafka,
        "QMI_KAFKA_SECURITY": "PLAINTEXT",
        "QMI_ISSUER": stack.issuer,
        "QMI_AUDIENCE": "qmi",
        "QMI_DOCUMENTS": (layout.documents / service).as_uri(),
        "QMI_SCANNER": "signature",
        "QMI_SMTP": stack.smtp,
        "QMI_MAIL_FROM": MAIL_FROM,
        "QMI_CURSOR_KEY": layout.secret("cursor"),
        **({"QMI_AUDIT_KEY": layout.secret("audit")} if kind == "worker" else {}),
        "QMI_LOG": "text",
        **chosen,
    }


def api(layout: Layout, stack: Stack, service: str) -> Child:
    """The HTTP process of a service."""
    return _served(layout, stack, service, "api", stack.apis[service])


def worker(layout: Layout, stack: Stack, service: str) -> Child:
    """The consuming, relaying, clock-watching process of a service."""
    return _served(layout, stack, service, "worker", stack.workers[service])


def _served(layout: Layout, stack: Stack, service: str, kind: str, url: str) -> Child:
    command = [sys.executable, "-m", "uvicorn", APPLICATION.format(service=service, kind=kind), "--factory"]
    command += ["--host", str(urlsplit(url).hostname), "--port", str(urlsplit(url).port)]
    command += [
        "--no-access-log",
        "--no-server-header",
        "--no-proxy-headers",
        "--log-level",
        "warning",
        "--timeout-graceful-shutdown",
        str(GRACE),
    ]
    name = f"{service}-{kind}"
    return Child(name, command, layout.log(name), f"{url}/readyz", settings(layout, stack, service, kind))


def issuer(layout: Layout, stack: Stack) -> Child:
    """The development issuer."""
    port = urlsplit(stack.issuer).port
    command = [sys.executable, "-m", "deploy.stack.issuer", "--port", str(port), "--secrets", str(layout.secrets)]
    return Child("issuer", command, layout.log("issuer"), f"http://127.0.0.1:{port}/livez")


def mail(layout: Layout, stack: Stack) -> Child:
    """The SMTP sink."""
    port = stack.smtp.rpartition(":")[2]
    command = [sys.executable, "-m", "deploy.stack.mail", "--port", port, "--folder", str(layout.mails)]
    return Child("mail", command, layout.log("mail"))
