"""The templates of agreements, in `services/experiments/templates`, in French and in Markdown."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.experiments.domain.agreement import Agreement
from services.experiments.domain.terms import METROPOLE
from shared.kit.clock import date_in_paris, french_date

_FOLDER = Path(__file__).parents[1] / "templates"
_SUFFIX = ".md.j2"
# Markdown for people, fixed by its hash: escaping for HTML is the business of whoever shows it as HTML.
_TEMPLATES = Environment(
    loader=FileSystemLoader(_FOLDER),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701
    keep_trailing_newline=True,
)
_NUMBERS = ("deux", "trois", "quatre", "cinq", "six")


class TemplateTexts:
    """The texts of agreements, written from templates."""

    def knows(self, template: str) -> bool:
        """Whether there is such a template."""
        return f"{template}{_SUFFIX}" in _TEMPLATES.list_templates()

    def write(self, agreement: Agreement) -> str:
        """The text of this agreement; the same agreement always gives the same text."""
        award, terms, parties = agreement.award, agreement.terms, agreement.parties
        return _TEMPLATES.get_template(f"{terms.template}{_SUFFIX}").render(
            edition=agreement.edition,
            parties=parties,
            commune=agreement.commune_party,
            institutions=terms.institutions,
            with_metropole=METROPOLE.organisation in {party.organisation for party in terms.institutions},
            deliberation_number=award.deliberation_number,
            deliberation_date=french_date(award.deliberation_date),
            announced_on=french_date(date_in_paris(award.announced_at)),
            ends_in=terms.ends_in.in_french,
            originals=_NUMBERS[len(parties) - 2],
        )
