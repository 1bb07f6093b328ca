"""What the Docker engine has: whether it answers, which images, and what a crashed run left behind."""

import contextlib
import os
import socket
from collections.abc import Iterator

import docker  # type: ignore[import-untyped]
import psutil
from docker.errors import APIError, DockerException, ImageNotFound  # type: ignore[import-untyped]

OWNER = "qmi.tests.owner"

# In the order of preference: the official image if it is here, then what deploy/images/build.sh made.
KAFKA_IMAGES = ("apache/kafka:4.3.1", "qmi/kafka:4.3")
POSTGRES_IMAGES = ("postgres:15", "qmi/postgres:15")


class NoImage(Exception):
    """An image is neither on this machine nor to be had from a registry."""


@contextlib.contextmanager
def client(timeout: int = 60) -> Iterator[docker.DockerClient]:
    """A client of the engine, closed at the end."""
    connected = docker.from_env(timeout=timeout)
    try:
        yield connected
    finally:
        connected.close()


def answers() -> bool:
    """Whether a Docker engine answers here."""
    # Looked at first: the library leaves its socket open when nobody listens, and warnings are errors.
    if not _listens(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")):
        return False
    try:
        with client(timeout=5) as engine:
            return bool(engine.ping())
    except (DockerException, OSError):
        return False


def _listens(address: str) -> bool:
    scheme, _, path = address.partition("://")
    if scheme != "unix":
        return True
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0


def image(variable: str, candidates: tuple[str, ...]) -> str:
    """The image to use: the one `variable` names, else the first that is here, else the official one, pulled."""
    wanted = (os.environ[variable],) if os.environ.get(variable) else candidates
    with client() as engine:
        for name in wanted:
            with contextlib.suppress(ImageNotFound):
                engine.images.get(name)
                return name
        try:
            engine.images.pull(wanted[0])
        except (DockerException, OSError) as error:
            raise NoImage(f"{wanted[0]} cannot be pulled, and deploy/images/build.sh was not run") from error
    return wanted[0]


def owner() -> str:
    """This process, told apart from a later one with the same number."""
    me = psutil.Process()
    return f"{me.pid}:{me.create_time():.0f}"


def remove_leftovers() -> int:
    """Remove the containers whose test run is dead; how many there were."""
    removed = 0
    with client() as engine:
        for container in engine.containers.list(all=True, filters={"label": OWNER}, ignore_removed=True):
            if not _lives(container.labels[OWNER]):
                with contextlib.suppress(APIError):
                    container.remove(force=True, v=True)
                    removed += 1
    return removed


def _lives(who: str) -> bool:
    pid, _, born = who.partition(":")
    try:
        return f"{psutil.Process(int(pid)).create_time():.0f}" == born
    except (psutil.NoSuchProcess, ValueError):
        return False
