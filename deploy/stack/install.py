"""Makes .venv from a lock file with hashes; run by a bare Python (standard library only): install.py VENV LOCK."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

OLDEST = (3, 11)
UV_ENVIRONMENT = {"UV_SYSTEM_CERTS": "1", "UV_NO_PROGRESS": "1", "UV_LINK_MODE": "copy"}


def main(folder: Path, lock: Path) -> int:
    """Install exactly what the lock says: quickly with uv, else with pip; 0, or 1 with a message."""
    if sys.version_info < OLDEST:
        return _refuse("Python 3.11 ou plus récent est nécessaire (make PYTHON=/chemin/vers/python3.12 …).")
    python = folder / "bin" / "python"
    if not _runs(python) and not _made(folder):
        return _refuse("L’environnement n’a pas pu être créé ; sous Debian ou Ubuntu : apt-get install python3-venv.")
    if _with_uv(python, lock) or _with_pip(python, lock):
        _command(python)
        return 0
    return _refuse("Les bibliothèques n’ont pas pu être installées : le réseau ou l’index de paquets ne répond pas.")


def _refuse(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 1


def _runs(python: Path) -> bool:
    if not python.exists():
        return False
    probe = f"import sys; raise SystemExit(sys.version_info[:2] != {sys.version_info[:2]})"
    return subprocess.run([str(python), "-c", probe], capture_output=True, check=False).returncode == 0


def _made(folder: Path) -> bool:
    shutil.rmtree(folder, ignore_errors=True)
    try:
        venv.create(folder, with_pip=True, symlinks=True)
    except (subprocess.CalledProcessError, OSError, ImportError):
        shutil.rmtree(folder, ignore_errors=True)
        return False
    return True


def _with_uv(python: Path, lock: Path) -> bool:
    """The same result as pip in a fifth of the time; refused when only pip's own settings know the index."""
    uv = python.with_name("uv")
    if not uv.exists() and not _fetched_uv(python, lock):
        return False
    index = subprocess.run(
        [str(python), "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True, check=False
    )
    configured = os.environ.get("PIP_INDEX_URL") or index.stdout.strip()
    environment = {**UV_ENVIRONMENT, **({"UV_DEFAULT_INDEX": configured} if configured else {}), **os.environ}
    words = ["pip", "sync", "--quiet", "--python", str(python), "--require-hashes", "--compile-bytecode", str(lock)]
    return subprocess.run([str(uv), *words], env=environment, check=False).returncode == 0


def _fetched_uv(python: Path, lock: Path) -> bool:
    found = re.search(r"^uv==(?:[^\n]*\\\n)*[^\n]*\n", lock.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        return False
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as only:
        only.write(found.group(0))
        only.flush()
        return _pip(python, only.name) and python.with_name("uv").exists()


def _with_pip(python: Path, lock: Path) -> bool:
    subprocess.run([str(python), "-m", "ensurepip"], capture_output=True, check=False)
    return _pip(python, str(lock))


def _pip(python: Path, requirements: str) -> bool:
    words = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", requirements]
    return subprocess.run([str(python), *words], check=False).returncode == 0


def _command(python: Path) -> None:
    """Write the command `qmi` beside the interpreter; it runs the code of this clone, wherever one stands."""
    repository = Path(__file__).resolve().parents[2]
    command = python.with_name("qmi")
    command.write_text(
        f"#!{python.absolute()}\n"
        f"import sys\n\nsys.path.insert(0, {str(repository)!r})\n"
        f"from deploy.cli import main\n\nmain()\n",
        encoding="utf-8",
    )
    command.chmod(0o755)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
