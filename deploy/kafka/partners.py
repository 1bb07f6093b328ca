"""Lets a partner read the public topics and the audit checkpoints, nothing else, over the broker's SCRAM listener."""

from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

PUBLIC = "qmi.public."
CHECKPOINTS = "qmi.audit."
PATIENCE = 30.0
ITERATIONS = 8192

_RIGHTS = (
    (ResourceType.TOPIC, PUBLIC, AclOperation.READ),
    (ResourceType.TOPIC, PUBLIC, AclOperation.DESCRIBE),
    (ResourceType.TOPIC, CHECKPOINTS, AclOperation.READ),
    (ResourceType.TOPIC, CHECKPOINTS, AclOperation.DESCRIBE),
)


def group_prefix(partner: str) -> str:
    """What the names of a partner's consumer groups begin with: `partner.<name>.`."""
    return f"partner.{partner}."


def admit(bootstrap: str, partner: str, password: str) -> None:
    """Give a partner a login and the right to read the public topics in groups of its own; or another password.

    `partner` is a short name such as `institut-paris-region`. Raises KafkaException when the broker refuses.
    """
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    secret = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, ITERATIONS)
    login = UserScramCredentialUpsertion(partner, secret, password.encode())
    for done in admin.alter_user_scram_credentials([login]).values():
        done.result(PATIENCE)
    for made in admin.create_acls(_bindings(partner)).values():
        made.result(PATIENCE)


def _bindings(partner: str) -> list[AclBinding]:
    rights = (*_RIGHTS, (ResourceType.GROUP, group_prefix(partner), AclOperation.READ))
    return [
        AclBinding(
            resource,
            prefix,
            ResourcePatternType.PREFIXED,
            f"User:{partner}",
            "*",
            operation,
            AclPermissionType.ALLOW,
        )
        for resource, prefix, operation in rights
    ]
