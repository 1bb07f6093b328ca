"""`qmi audit`: check that the logs are what they were, hand out what an outsider needs to check it himself."""

import asyncio
import json as text
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from deploy.audit import database, evidence, files
from deploy.commands.output import Json, Refused, StackFile, as_json, as_table, console
from deploy.commands.reach import DatabaseUrl, Kafka, owner_dsn, progress_bar, reach
from deploy.stack.layout import SERVICES, Layout, write_privately
from shared.kit.audit_checkpoints import BadKey, PublicKeys
from shared.kit.audit_verification import Fault, Finding, Report

app = typer.Typer(help="La chaîne d’audit : la vérifier, l’exporter, donner la clé publique.", no_args_is_help=True)

Service = Annotated[str, typer.Option("--service", help=f"Un service, ou « all » : {', '.join(SERVICES)}.")]
SHOWN = 50
FAULTS = {
    Fault.ALTERED: "modifiée",
    Fault.MISSING: "supprimée",
    Fault.INSERTED: "ajoutée",
    Fault.REORDERED: "déplacée",
    Fault.SEAL_ALTERED: "sceau modifié",
    Fault.SEAL_MISSING: "sceau supprimé",
    Fault.DIVERGED: "histoire réécrite",
    Fault.TRUNCATED: "fin supprimée",
    Fault.BAD_CHECKPOINT: "point de contrôle faux",
}


@app.command(
    "verify", help="Recalculer toute la chaîne et nommer ce qui a été touché ; code 1 si quelque chose l’a été."
)
def verify(
    service: Service = "all",
    file: Annotated[Path | None, typer.Option("--file", help="Un export, au lieu de la base.")] = None,
    public_key: Annotated[
        Path | None, typer.Option("--public-key", help="Clés publiques : JWKS, JWK ou PEM Ed25519.")
    ] = None,
    checkpoints: Annotated[
        Path | None, typer.Option("--checkpoints", help="Points de contrôle gardés ailleurs (lignes JSON).")
    ] = None,
    topic: Annotated[
        bool, typer.Option("--topic", help="Prendre aussi les points de contrôle du sujet public de Kafka.")
    ] = False,
    kafka: Kafka = None,
    database_url: DatabaseUrl = None,
    stack: StackFile = None,
    json: Json = False,
) -> None:
    """Recompute the chain of one service or of all; exit code 1 when anything does not fit."""
    wanted = _known(service)
    keys = evidence.public_keys(public_key, Layout.default())
    tokens = evidence.tokens_in(checkpoints) if checkpoints else []
    if topic:
        tokens += asyncio.run(evidence.tokens_on(reach(kafka, database_url, stack).access))
    if file is not None:
        reports = [report for report in files.verify_file(file, keys, tokens) if report.service in wanted]
    else:
        reports = [_checked(owner_dsn(database_url, stack), name, keys, tokens) for name in wanted]
    _answer(reports, signatures=keys is not None, elsewhere=bool(tokens), json=json)
    if not reports or not all(report.intact for report in reports):
        raise typer.Exit(1)


@app.command("export", help="Écrire la chaîne et les points de contrôle, pour qui vérifie sans la base.")
def export(
    out: Annotated[Path, typer.Option("--out", help="Fichier de lignes JSON.")],
    service: Service = "all",
    hashes: Annotated[bool, typer.Option("--hashes", help="Les empreintes des lignes seulement.")] = False,
    database_url: DatabaseUrl = None,
    stack: StackFile = None,
) -> None:
    """Write rows (or their hashes), seals and checkpoints as JSON lines, mode 0600."""
    wanted = _known(service)
    lines = asyncio.run(_exported(owner_dsn(database_url, stack), wanted, out, hashes=hashes))
    console.print(f"{lines} ligne(s) écrites dans {escape(str(out))}.")


@app.command("key", help="Donner les clés publiques qui vérifient les points de contrôle (JWKS).")
def key(
    also: Annotated[
        list[Path] | None, typer.Option("--also", help="Anciennes clés publiques à garder (JWKS ou JWK ; répétable).")
    ] = None,
) -> None:
    """Print the public key set of this machine's signing key, with those of before a rotation."""
    try:
        own = evidence.signing_key(Layout.default())
        if own is None:
            raise Refused("Aucune clé : donnez QMI_AUDIT_KEY ou QMI_AUDIT_KEY_FILE, ou lancez « make run ».")
        keys = [own.public()]
        for old in also or []:
            said = text.loads(old.read_text(encoding="utf-8"))
            keys += [jwk for jwk in said.get("keys", [said]) if jwk.get("kid") != own.kid]
    except (BadKey, ValueError, AttributeError) as error:
        raise Refused(f"Une clé Ed25519 est attendue ({error}).") from error
    as_json({"keys": [{name: value for name, value in jwk.items() if name != "d"} for jwk in keys]})


def _known(service: str) -> tuple[str, ...]:
    if service != "all" and service not in SERVICES:
        raise Refused(f"Service inconnu : « {service} ». Services : all, {', '.join(SERVICES)}.")
    return SERVICES if service == "all" else (service,)


def _checked(dsn: str, service: str, keys: PublicKeys | None, tokens: list[str]) -> Report:
    with progress_bar(f"Vérification de {service}") as bar:
        return asyncio.run(database.verify(dsn, service, keys, tokens, progress=bar.at))


async def _exported(dsn: str, services: tuple[str, ...], out: Path, *, hashes: bool) -> int:
    count = 0
    fresh = out.with_name(f".{out.name}.new")
    write_privately(fresh, "")
    with fresh.open("a", encoding="utf-8") as output, progress_bar("Export") as bar:
        for service in services:
            async for line in files.export(dsn, service, hashes=hashes):
                output.write(text.dumps(line, ensure_ascii=False) + "\n")
                count += 1
                if count % 1000 == 0:
                    bar.at(count, count)
    os.replace(fresh, out)
    return count


def _answer(reports: list[Report], *, signatures: bool, elsewhere: bool, json: bool) -> None:
    if json:
        said = {"intact": all(report.intact for report in reports), "signatures": signatures, "elsewhere": elsewhere}
        as_json({**said, "services": [{**asdict(report), "intact": report.intact} for report in reports]})
        return
    rows = [_row(report) for report in reports]
    as_table(("Service", "Sceaux", "En attente", "Points de contrôle", "Tête", "État"), rows)
    findings = [(report.service, finding) for report in reports for finding in report.findings]
    if findings:
        columns = ("Service", "Quoi", "Position", "Événement", "Agrégat", "Version", "Rang", "Détail")
        as_table(columns, [(service, *_finding(finding)) for service, finding in findings[:SHOWN]])
        if len(findings) > SHOWN:
            console.print(f"… et {len(findings) - SHOWN} autres : --json les montre.")
    if not signatures:
        console.print("[yellow]Signatures non vérifiées : donnez --public-key.[/yellow]")
    if not elsewhere:
        console.print("Sans --checkpoints ni --topic, un retour de toute la base dans le passé ne se voit pas.")


def _row(report: Report) -> tuple[str, ...]:
    state = "[green]intacte[/green]" if report.intact else f"[red]{report.faults} anomalie(s)[/red]"
    counts = (str(report.sealed), str(report.pending), str(report.checkpoints))
    return report.service, *counts, report.head[:16], state


def _finding(finding: Finding) -> tuple[str, ...]:
    values: tuple[Any, ...] = (
        FAULTS[finding.fault],
        finding.position,
        finding.event_id,
        finding.aggregate_id,
        finding.version,
        finding.sequence,
        finding.detail,
    )
    return tuple("" if value is None else escape(str(value)) for value in values)
