"""What may stand in the header of an e-mail: one line of visible text."""

import re
import unicodedata

from services.notifications.domain.errors import UnsafeHeader, UnusableAddress

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@[^\s@<>()\[\],;:\\\"]{1,189}")


def one_line(value: str) -> str:
    """The text as it is, if it fits in one header; UnsafeHeader if a character in it would end the line or hide."""
    if any(unicodedata.category(character) in _INVISIBLE for character in value):
        raise UnsafeHeader("Ce texte contient un saut de ligne ou un caractère invisible.")
    return value


def mailbox(value: str) -> str:
    """The address of exactly one mailbox; UnsafeHeader or UnusableAddress otherwise."""
    if not _ADDRESS.fullmatch(one_line(value)):
        raise UnusableAddress("Cette adresse ne désigne pas une boîte aux lettres unique.")
    return value
