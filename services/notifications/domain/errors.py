"""How this service says no."""

from shared.kit.refusals import Invalid, NotFound


class NotificationNotFound(NotFound):
    """No such notification, or not one of yours."""

    title = "Notification introuvable"


class UnsafeHeader(Invalid):
    """A text that would break out of its e-mail header (bad-input 25)."""

    slug = "unsafe-header"
    title = "Caractère interdit dans un en-tête de courriel"


class UnusableAddress(Invalid):
    """A text that is not the address of one mailbox."""

    slug = "unusable-address"
    title = "Adresse de courriel inutilisable"
