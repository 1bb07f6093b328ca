"""Applies roles.sql; `python -m deploy.postgres.roles` with QMI_ADMIN_DATABASE_URL and QMI_PASSWORD_<ROLE>[_FILE]."""

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import asyncpg

SQL = Path(__file__).with_name("roles.sql")
SERVICES = ("candidature", "selection", "experiments", "notifications")
OWNER = "owner"


class UnknownRole(Exception):
    """A password was given for a role that roles.sql does not make."""


async def ensure_roles(
    admin_dsn: str, passwords: Mapping[str, str], *, services: Sequence[str] = SERVICES, patience: float = 30.0
) -> None:
    """Make the owner, and a schema and a role for each service, in the database of `admin_dsn`; repeatable.

    `passwords` are by service, and `owner`; a role without one keeps the one it has, and a new one cannot log in.
    Raises UnknownRole, and what asyncpg raises when the server does not answer within `patience` seconds.
    """
    unknown = set(passwords) - {OWNER, *services}
    if unknown:
        raise UnknownRole(f"no role for {', '.join(sorted(unknown))}")
    settings = {"qmi.services": ",".join(services)}
    settings |= {f"qmi.password_{name}": password for name, password in passwords.items()}
    connection = await asyncpg.connect(admin_dsn, timeout=patience)
    try:
        async with connection.transaction():
            # Local to the transaction: the passwords are gone with it.
            await connection.executemany("SELECT set_config($1, $2, true)", list(settings.items()))
            await connection.execute(SQL.read_text(encoding="utf-8"))
    finally:
        await connection.close()


def passwords_from(environment: Mapping[str, str]) -> dict[str, str]:
    """The passwords by role: QMI_PASSWORD_<ROLE>, or the content of the file that QMI_PASSWORD_<ROLE>_FILE names."""
    found = {}
    for name in (OWNER, *SERVICES):
        variable = f"QMI_PASSWORD_{name.upper()}"
        if file := environment.get(f"{variable}_FILE"):
            found[name] = Path(file).read_text(encoding="utf-8").strip()
        elif password := environment.get(variable):
            found[name] = password
    return found


def main() -> int:
    """Apply the roles once; exit code 0, 2 when no address is given, 3 when the server refuses its password."""
    dsn = os.environ.get("QMI_ADMIN_DATABASE_URL")
    if file := os.environ.get("QMI_ADMIN_DATABASE_URL_FILE"):
        dsn = Path(file).read_text(encoding="utf-8").strip()
    if not dsn:
        sys.stderr.write("QMI_ADMIN_DATABASE_URL (or QMI_ADMIN_DATABASE_URL_FILE) must be set\n")
        return 2
    passwords = passwords_from(os.environ)
    try:
        asyncio.run(ensure_roles(dsn, passwords))
    except asyncpg.InvalidPasswordError:
        sys.stderr.write(
            "roles: the server refuses the administrator's password: its data were made with other secrets;"
            " put these back, or forget the data with the volume that holds them\n"
        )
        return 3
    print(f"roles: ready; passwords set for {', '.join(passwords) or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
