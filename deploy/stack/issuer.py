"""A development OIDC issuer: signs any role for anybody, so it must never be trusted by a real installation."""

import argparse
import sys
from pathlib import Path
from typing import Annotated

import uvicorn
from fastapi import FastAPI, HTTPException
from joserfc.jwk import ECKey
from pydantic import BaseModel, ConfigDict, Field

from deploy.stack import ports
from deploy.stack.signing import ALGORITHM, LIFETIME, LONGEST, UnknownRole, Wanted, key_in, mint, public_keys

PATH = "/dev-issuer"
"""Every development issuer has this path in its URL: production refuses it by that name too."""

WARNING = "Émetteur de DÉVELOPPEMENT : il signe n’importe quel rôle pour n’importe qui. Jamais en production."


class TokenRequest(BaseModel):
    """Whom the token is for: roles of the programme, organisation, subject."""

    model_config = ConfigDict(extra="forbid")

    roles: Annotated[list[str], Field(min_length=1, max_length=10)]
    organisation: Annotated[str | None, Field(max_length=120)] = None
    subject: Annotated[str | None, Field(max_length=120)] = None
    lifetime: Annotated[int, Field(gt=0, le=LONGEST)] = LIFETIME


class TokenAnswer(BaseModel):
    """A token, as RFC 6749 writes it."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105
    expires_in: int


def issuer_url(port: int, host: str = ports.LOOPBACK) -> str:
    """The `iss` claim of an issuer that answers on this port."""
    return f"http://{host}:{port}{PATH}"


def create_app(issuer: str, key: ECKey) -> FastAPI:
    """The issuer whose URL (and `iss` claim) is `issuer`, signing with `key`."""
    app = FastAPI(title="QMI development issuer", description=WARNING, version="1", openapi_url=f"{PATH}/openapi.json")

    @app.get("/livez")
    async def live() -> dict[str, str]:
        """Say that the process answers."""
        return {"status": "ok", "warning": WARNING}

    @app.get(f"{PATH}/.well-known/openid-configuration")
    async def discovery() -> dict[str, object]:
        """Describe the issuer (OpenID Connect Discovery)."""
        return {
            "issuer": issuer,
            "jwks_uri": f"{issuer}/.well-known/jwks.json",
            "token_endpoint": f"{issuer}/token",
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
        }

    @app.get(f"{PATH}/.well-known/jwks.json")
    async def jwks() -> dict[str, object]:
        """Give the public keys."""
        return public_keys(key)

    @app.post("/token", include_in_schema=False)
    @app.post(f"{PATH}/token")
    async def token(wanted: TokenRequest) -> TokenAnswer:
        """Sign a token for whoever asks."""
        try:
            checked = Wanted.of(wanted.roles, wanted.organisation, wanted.subject, wanted.lifetime)
        except UnknownRole as error:
            raise HTTPException(422, str(error)) from error
        return TokenAnswer(access_token=mint(key, issuer, checked), expires_in=wanted.lifetime)

    return app


def main(arguments: list[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="deploy.stack.issuer", description=__doc__)
    parser.add_argument("--host", default=ports.LOOPBACK)
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--url", help="public URL, when it is not http://127.0.0.1:PORT/dev-issuer")
    parser.add_argument("--secrets", type=Path, default=Path("var/secrets"))
    asked = parser.parse_args(arguments)
    print(WARNING, file=sys.stderr, flush=True)
    app = create_app(asked.url or issuer_url(asked.port), key_in(asked.secrets))
    uvicorn.run(app, host=asked.host, port=asked.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
