"""The selection service with commune rounds and project rounds at each stage."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from shared.kit.access import Role
from shared.kit.identity import new_id
from tests.builders.selection import WAVE_COMMUNES
from tests.integration.fuzz.seeds import Identity, Place, Seeds
from tests.integration.selection.world import (
    Caller,
    CommuneRoundWorld,
    ProjectRoundWorld,
    World,
    a_ratification_body,
    a_review_body,
    done,
)


@dataclass
class SamePeople(World):
    """The same chair, member and jurors sit on every panel, so that one token each goes everywhere."""

    seated: dict[tuple[Role, str], Caller] = field(default_factory=dict)

    def somebody(self, role: Role, organisation: str, person: UUID | None = None) -> Caller:
        """Who calls."""
        if person is None:
            return super().somebody(role, organisation)
        return self.seated.setdefault((role, organisation), super().somebody(role, organisation, person))


async def plant(world: SamePeople) -> Seeds:
    """Rounds before, during and after the reviews, the recommendation, the jury, the allocation."""
    announced = await _announced(world)
    fresh = [await world.a_commune_round() for _ in range(2)]
    declared, conflicted, reviewed = [await world.a_commune_round() for _ in range(3)]
    await declared.declare(declared.chair)
    await conflicted.declare(conflicted.member, *conflicted.candidatures)
    await reviewed.reviewed()
    unsealed, recommendable, recommended = [await world.a_commune_round() for _ in range(3)]
    for each in (unsealed, recommendable, recommended):
        await each.unsealed()
    done(await recommended.chair.post(f"{recommended.path}/recommendation", recommended.recommendation()))
    waves = [await world.a_project_round() for _ in range(4)]
    for wave in waves[1:]:
        await wave.scored()
    scenarios = [await wave.proposed(min=0) for wave in waves[2:]]
    dossiers = [str(each) for each in recommendable.candidatures.values()]
    commune, project = "/v1/commune-rounds/{round_id}", "/v1/project-rounds/{round_id}"
    return Seeds(
        identities=_identities(world, fresh[0].chair, waves[0].chair),
        places=(
            *(place for each in (announced, fresh[0], unsealed) for place in _commune_places(each)),
            *(place for each in waves[:3] for place in _project_places(each)),
            {"round_id": str(waves[2].id), "scenario_id": scenarios[0]},
        ),
        reserved={
            f"PUT {commune}/panel/{{member_id}}": [{"round_id": str(fresh[1].id), "member_id": str(new_id())}],
            f"PUT {commune}/candidatures/{{candidature_id}}/declaration": _commune_places(fresh[1]),
            f"PUT {commune}/candidatures/{{candidature_id}}/review": _commune_places(declared),
            f"POST {commune}/candidatures/{{candidature_id}}/conflicts/{{member_id}}/lifting": [
                {**place, "member_id": str(conflicted.member.person)} for place in _commune_places(conflicted)
            ],
            f"POST {commune}/unsealing": [{"round_id": str(reviewed.id)}],
            f"POST {commune}/recommendation": [{"round_id": str(recommendable.id)}],
            f"POST {commune}/ratification": [{"round_id": str(recommended.id)}],
            f"POST {project}/allocations": [{"round_id": str(waves[1].id)}],
            f"POST {project}/adoption": [{"round_id": str(waves[3].id)}],
        },
        known={
            "scenario_id": scenarios,
            "proposal_id": [str(each) for each in waves[1].proposals],
            "present": [str(fresh[0].chair.person), str(fresh[0].member.person)],
            **dict.fromkeys(("selected", "waitlisted", "not_selected"), dossiers),
        },
        bodies=_bodies(recommendable, waves[1], scenarios[1]),
    )


async def _announced(world: World) -> CommuneRoundWorld:
    round_ = await world.a_commune_round()
    await round_.unsealed()
    done(await round_.chair.post(f"{round_.path}/recommendation", round_.recommendation()))
    done(await world.programme.post(f"{round_.path}/ratification", a_ratification_body()))
    await world.at(datetime.fromisoformat("2024-02-08T10:00:00+01:00"))
    return round_


def _identities(world: World, chair: Caller, jury: Caller) -> tuple[Identity, ...]:
    def identity(caller: Caller, role: Role, organisation: str) -> Identity:
        return Identity(role.value, caller.headers, frozenset({role}), organisation)

    partner = world.somebody(Role.PARTNER, "institut-paris-region")
    return (
        Identity("nobody"),
        identity(partner, Role.PARTNER, "institut-paris-region"),
        identity(world.commune(WAVE_COMMUNES[0]), Role.COMMUNE_AGENT, WAVE_COMMUNES[0]),
        identity(chair, Role.COMMITTEE_CHAIR, "metropole-grand-paris"),
        identity(jury, Role.JUROR, "metropole-grand-paris"),
        identity(world.programme, Role.PROGRAMME, "paris-and-co"),
    )


def _commune_places(round_: CommuneRoundWorld) -> list[Place]:
    return [
        {"round_id": str(round_.id), "candidature_id": str(each), "member_id": str(round_.chair.person)}
        for each in round_.candidatures.values()
    ]


def _project_places(round_: ProjectRoundWorld) -> list[Place]:
    return [
        {"round_id": str(round_.id), "proposal_id": str(each), "member_id": str(round_.juror.person)}
        for each in round_.proposals
    ]


def _bodies(round_: CommuneRoundWorld, wave: ProjectRoundWorld, scenario_id: str) -> Mapping[str, list[object]]:
    commune, project = "/v1/commune-rounds/{round_id}", "/v1/project-rounds/{round_id}"
    pair = {"proposal_id": str(wave.proposals[0]), "commune": WAVE_COMMUNES[0]}
    imposed = {"min": 0, "max": 3, "capacity": {WAVE_COMMUNES[0]: 2}, "projects_max": 2, "frozen": [pair]}
    return {
        f"PUT {commune}/panel/{{member_id}}": [
            {"organisation": "paris-and-co", "chair": False},
            {"organisation": "93001", "chair": True},
        ],
        f"PUT {commune}/candidatures/{{candidature_id}}/declaration": [{"conflict": True, "reason": "Élue."}],
        f"PUT {commune}/candidatures/{{candidature_id}}/review": [a_review_body(), a_review_body("not_applicable")],
        f"POST {commune}/candidatures/{{candidature_id}}/conflicts/{{member_id}}/lifting": [{"reason": "Par erreur."}],
        f"POST {commune}/unsealing": [{"reason": "Le temps presse."}],
        f"POST {commune}/recommendation": [round_.recommendation()],
        f"POST {commune}/ratification": [a_ratification_body()],
        f"PUT {project}/panel/{{member_id}}": [{"organisation": "paris-and-co", "chair": False}],
        f"PUT {project}/proposals/{{proposal_id}}/declaration": [{"conflict": False}],
        f"PUT {project}/proposals/{{proposal_id}}/score": [{"score": 3, "comment": "Mûr."}],
        f"PUT {project}/proposals/{{proposal_id}}/interest": [{"interest": 4}],
        f"POST {project}/allocations": [imposed, {"min": 0, "incompatible": [pair]}],
        f"POST {project}/adoption": [{"scenario_id": scenario_id, "reason": "Meilleur équilibre."}],
    }
