"""What a development token says."""

from pathlib import Path

import pytest
from joserfc import jwt

from deploy.stack.signing import LONGEST, UnknownRole, Wanted, key_in, mint
from shared.kit.access import Role

ISSUER = "http://127.0.0.1:8100/dev-issuer"


def claims_of(folder: Path, wanted: Wanted) -> dict[str, object]:
    key = key_in(folder)
    return dict(jwt.decode(mint(key, ISSUER, wanted, now=1_000), key, algorithms=["ES256"]).claims)


def test_the_same_person_keeps_the_same_subject(tmp_path: Path) -> None:
    wanted = Wanted((Role.COMMUNE_AGENT,), "93001")

    assert claims_of(tmp_path, wanted)["sub"] == claims_of(tmp_path, wanted)["sub"]
    assert claims_of(tmp_path, wanted)["sub"] != claims_of(tmp_path, Wanted((Role.COMMUNE_AGENT,), "75056"))["sub"]


def test_a_token_without_organisation_has_no_such_claim(tmp_path: Path) -> None:
    claims = claims_of(tmp_path, Wanted((Role.PROGRAMME,), subject="chosen", lifetime=60))

    assert claims == {
        "iss": ISSUER,
        "aud": "qmi",
        "sub": "chosen",
        "iat": 1_000,
        "nbf": 1_000,
        "exp": 1_060,
        "roles": ["programme"],
    }


def test_a_token_lives_a_day_at_most(tmp_path: Path) -> None:
    claims = claims_of(tmp_path, Wanted((Role.PROGRAMME,), lifetime=10 * LONGEST))

    assert claims["exp"] == 1_000 + LONGEST


def test_an_unknown_role_is_refused_with_those_that_exist() -> None:
    with pytest.raises(UnknownRole, match=r"« emperor ».*programme, metropole"):
        Wanted.of(["emperor"], None, None, 60)


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    assert key_in(tmp_path).thumbprint() == key_in(tmp_path).thumbprint()
    assert (tmp_path / "issuer.json").stat().st_mode & 0o777 == 0o600
