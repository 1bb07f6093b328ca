"""`qmi token`: a development token, from the running issuer or from its key."""

import sys
from typing import Annotated

import httpx
import typer

from deploy.commands.output import Json, Refused, StackFile, as_json, stack_of
from deploy.stack.layout import Layout, NoStack
from deploy.stack.signing import KEY_FILE, LIFETIME, LONGEST, Wanted, key_in, mint

ISSUER_WITHOUT_STACK = "http://127.0.0.1:8100/dev-issuer"


def token(
    role: Annotated[list[str], typer.Option(help="Rôle (option répétable).")],
    organisation: Annotated[str | None, typer.Option(help="Code INSEE d’une commune, ou nom d’organisation.")] = None,
    subject: Annotated[str | None, typer.Option(help="Identifiant de la personne (sans son nom).")] = None,
    lifetime: Annotated[int, typer.Option(min=1, max=LONGEST, help="Durée en secondes.")] = LIFETIME,
    issuer: Annotated[str | None, typer.Option(help="URL de l’émetteur, s’il n’est pas celui de la pile.")] = None,
    stack: StackFile = None,
    json: Json = False,
) -> None:
    """Print a token signed by the development issuer."""
    wanted = Wanted.of(role, organisation, subject, lifetime)
    issuer = issuer or _issuer_of(stack)
    signed = _asked(issuer, wanted) or _signed_here(issuer, wanted)
    if json:
        as_json({"access_token": signed, "token_type": "Bearer", "expires_in": lifetime, "issuer": issuer})
    else:
        sys.stdout.write(f"{signed}\n")


def _issuer_of(stack: StackFile) -> str:
    try:
        return stack_of(stack).issuer
    except NoStack:
        if stack is not None:
            raise
        return ISSUER_WITHOUT_STACK


def _asked(issuer: str, wanted: Wanted) -> str | None:
    body = {"roles": wanted.roles, "organisation": wanted.organisation, "subject": wanted.subject}
    try:
        answer = httpx.post(f"{issuer}/token", json={**body, "lifetime": wanted.lifetime}, timeout=5)
    except httpx.TransportError:
        return None
    if answer.is_error:
        raise Refused(f"L’émetteur {issuer} a refusé : {answer.text}")
    return str(answer.json()["access_token"])


def _signed_here(issuer: str, wanted: Wanted) -> str:
    folder = Layout.default().secrets
    if not (folder / KEY_FILE).exists():
        raise Refused(
            f"L’émetteur {issuer} ne répond pas, et sa clé n’est pas sur cette machine : lancez « make run »."
        )
    return mint(key_in(folder), issuer, wanted)
