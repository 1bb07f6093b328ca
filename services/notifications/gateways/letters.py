"""The letter of a fact to a person, from the templates of this service."""

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import css_inline
import jinja2

from services.notifications.domain import french
from services.notifications.domain.contact import Contact
from services.notifications.domain.fact import Fact
from services.notifications.domain.letter import Letter
from shared.events.types import ContactFunction
from shared.kit.clock import date_in_paris, french_date, french_instant
from shared.territory.french import at, of

TEMPLATES = Path(__file__).parents[1] / "templates"
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False)
_BLANK_LINES = re.compile(r"\n{3,}")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


class TemplateLetters:
    """Writes every letter from `templates/<event>.txt` and `.html`."""

    def __init__(self) -> None:
        self._templates = _environment()

    def compose(self, fact: Fact, contact: Contact) -> Letter:
        """The letter, always the same for the same fact and person; what events say is data, never template."""
        name = fact.event.event_type.rpartition(".")[0]
        context = _context(fact, contact)
        plain, page = (self._templates.get_template(f"{name}.{part}") for part in ("txt", "html"))
        subject = "".join(plain.blocks["subject"](plain.new_context(context))).strip()
        text = _BLANK_LINES.sub("\n\n", plain.render(context).strip()) + "\n"
        return Letter(subject, text, _INLINER.inline(page.render(context, subject=subject)))


def _context(fact: Fact, contact: Contact) -> dict[str, Any]:
    day = date_in_paris(fact.occurred_at)
    place = getattr(fact.event, "commune", None)
    return {
        "event": fact.event,
        "contact": contact,
        "commune": french.commune_name(place, day) if place else None,
        "function": french.FUNCTIONS[contact.function],
        "to_team": contact.function is ContactFunction.PROGRAMME,
        "to_holder": contact.function is ContactFunction.PROJECT_HOLDER,
        "ours": place is not None and contact.organisation == place,
    }


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=jinja2.select_autoescape(["html"], default=False),
        undefined=jinja2.StrictUndefined,
        finalize=_flatten,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        day=french_date,
        instant=french_instant,
        of=of,
        at=at,
        counted=french.plural,
        ordinal=french.ordinal,
    )
    environment.globals.update(calls=french.CALLS, conclusions=french.CONCLUSIONS)
    return environment


def _flatten(value: object) -> object:
    """No text from outside breaks a line or hides a control character, in either part."""
    if isinstance(value, (date, datetime)):
        raise TypeError("dates are written out by a filter")
    return _SPACE.sub(" ", value) if isinstance(value, str) and not hasattr(value, "__html__") else value
