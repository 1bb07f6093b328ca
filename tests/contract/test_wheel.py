"""The wheel `qmi-events`: it builds, it stands alone, and a partner reads the public topic with it."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from uuid import UUID

import pytest

from deploy.frozen import FOLDER, everything
from shared.events.base import dataschema_of
from shared.events.candidature import CandidatureSubmitted
from shared.events.envelope import Envelope

AN_ID = UUID("018b5d3a-6c00-7000-8009-000000000001")

PARTNER = """
import importlib.resources, json, sys
from pathlib import Path

def importable(name):
    try:
        __import__(name)
    except ImportError:
        return False
    return True

ours = [name for name in ("shared", "services", "deploy", "tests", "shared.kit") if importable(name)]
from qmi_events import BadEnvelope, Envelope
record = json.load(sys.stdin)
headers = [(name, value.encode()) for name, value in record["headers"]]
envelope = Envelope.from_kafka(record["key"].encode(), record["value"].encode(), headers)
try:
    Envelope.from_kafka(b"", b"", [])
except BadEnvelope as refused:
    reason = refused.reason
files = importlib.resources.files("qmi_events")
public = files / "schemas" / "public" / "candidature-submitted.v1.json"
loaded = {name.partition(".")[0] for name in sys.modules}
print(json.dumps({
    "ours": ours,
    "where": str(Path(sys.modules["qmi_events"].__file__).parent),
    "type": type(envelope.data).__name__,
    "commune": envelope.data.commune,
    "actor": envelope.actor,
    "reason": reason,
    "schema": json.loads(public.read_text())["$id"],
    "heavy": sorted(loaded & {"asyncpg", "aiokafka", "fastapi", "faststream", "confluent_kafka", "typer", "orjson"}),
}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without network as partners would get it."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", str(FOLDER), "-o", str(out)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = out.glob("qmi_events-*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel, and beside it pydantic with what it needs."""
    target = tmp_path_factory.mktemp("partner")
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target", str(target), str(wheel)]
    subprocess.run(command, capture_output=True, check=True)
    site = Path(sys.modules["pydantic"].__path__[0]).parent
    for needed in ("pydantic", "pydantic_core", "annotated_types", "typing_inspection", "typing_extensions.py"):
        (target / needed).symlink_to(site / needed)
    return target


def test_the_wheel_holds_the_schemas_and_the_examples(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    wanted = {path for frozen in everything() for path in (frozen.path, frozen.example)}

    assert {f"qmi_events/{path.relative_to(FOLDER).as_posix()}" for path in wanted} <= held


def test_the_wheel_holds_nothing_else_than_the_language(wheel: Path) -> None:
    held = zipfile.ZipFile(wheel).namelist()

    assert {name.partition("/")[0] for name in held} == {"qmi_events", "qmi_events-0.1.0.dist-info"}
    assert {Path(name).suffix for name in held if name.startswith("qmi_events/")} == {".py", ".json", ".typed"}


def test_the_wheel_needs_pydantic_alone(wheel: Path) -> None:
    metadata = zipfile.ZipFile(wheel).read("qmi_events-0.1.0.dist-info/METADATA").decode()

    assert [line for line in metadata.splitlines() if line.startswith("Requires-Dist")] == [
        "Requires-Dist: pydantic<3,>=2.14"
    ]


def test_a_partner_reads_the_public_topic_with_the_wheel_alone(installed: Path) -> None:
    event = CandidatureSubmitted.model_validate_json(
        (FOLDER / "examples" / f"{CandidatureSubmitted.event_type}.json").read_text()
    )
    record = Envelope.of(
        event,
        id=AN_ID,
        time=event.submitted_at,
        sequence=2,
        correlation_id=event.candidature_id,
        actor="6f1d",
    ).to_public_kafka()
    assert record is not None
    assert record.value is not None
    sent = {
        "key": record.key.decode(),
        "value": record.value.decode(),
        "headers": [(name, value.decode()) for name, value in record.headers],
    }

    # No site-packages, no user site, no environment: the folder of the partner and the standard library.
    script = f"import sys; sys.path.insert(0, {str(installed)!r})\n{PARTNER}"
    reading = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script], input=json.dumps(sent), capture_output=True, text=True, check=False
    )

    assert reading.returncode == 0, reading.stderr
    assert json.loads(reading.stdout) == {
        "ours": [],
        "where": str(installed / "qmi_events"),
        "type": "CandidatureSubmitted",
        "commune": "93001",
        "actor": None,
        "reason": "missing-headers",
        "schema": dataschema_of("candidature-submitted.v1", public=True),
        "heavy": [],
    }
