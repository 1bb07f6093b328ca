"""Who PostgreSQL runs as when we are root, and what that account can reach."""

import os
import pwd
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from deploy.stack.trouble import Trouble

CANDIDATES = ("postgres", "nobody")


class NoAccount(Trouble):
    """This machine has no unprivileged account that PostgreSQL could run as."""


@dataclass(frozen=True)
class Account:
    """An existing, unprivileged account of the machine."""

    name: str
    uid: int
    gid: int

    @classmethod
    def of(cls, entry: pwd.struct_passwd) -> "Account":
        """The account behind an entry of the password database."""
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid)

    def may(self, path: Path, *, permission: int) -> bool:
        """Whether the mode bits of `path` give `permission` (a mask of rwx: 4, 2, 1) to this account."""
        found = path.stat()
        if found.st_uid == self.uid:
            return stat.S_IMODE(found.st_mode) >> 6 & permission == permission
        if found.st_gid == self.gid:
            return stat.S_IMODE(found.st_mode) >> 3 & permission == permission
        return stat.S_IMODE(found.st_mode) & permission == permission

    def reaches(self, path: Path) -> bool:
        """Whether every folder above `path` (a real path, links resolved) can be crossed."""
        return all(self.may(folder, permission=1) for folder in path.resolve().parents)

    def own(self, paths: Iterable[Path]) -> None:
        """Give these files and folders to the account (we are root)."""
        for path in paths:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def account_for(folder: Path) -> Account | None:
    """The account that runs PostgreSQL on `folder`: nobody else than us, unless we are root, which PostgreSQL refuses.

    The owner of an existing folder is kept; no account is ever created.
    """
    if os.geteuid() != 0:
        return None
    if folder.exists() and (owner := folder.stat().st_uid) != 0 and (entry := _entry(owner)):
        return Account.of(entry)
    for name in CANDIDATES:
        if entry := _entry(name):
            return Account.of(entry)
    raise NoAccount(
        f"PostgreSQL refuse de tourner en root, et aucun de ces comptes n’existe : {', '.join(CANDIDATES)}."
    )


def _entry(who: str | int) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(who) if isinstance(who, str) else pwd.getpwuid(who)
    except KeyError:
        return None
