"""Sentences kept at hand: those everybody has, then one's own."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from permissions.actors import Actor

from .models import Phrase

SHOWN = 12


@dataclass(frozen=True, slots=True)
class Usual:
    """A phrase with the few words that stand on its button."""

    short: str
    text: str


def own_phrases(actor: Actor) -> list[Phrase]:
    """The phrases of this person in their order (one statement)."""
    return list(Phrase.objects.filter(user_id=actor.user_id))


def usual_phrases(actor: Actor, built_in: list[Usual]) -> list[Usual]:
    """What stands above a field for words: what fits it, then one's own (one statement)."""
    own = [p.text for p in own_phrases(actor)]
    return built_in + [Usual(text if len(text) <= SHOWN else f"{text[:SHOWN]}…", text) for text in own]


def for_reasons() -> list[Usual]:
    """Why something goes back."""
    return [
        Usual(_("Incomplete"), _("The material is incomplete. Please complete it and submit again.")),
        Usual(
            _("Figures differ"), _("The figures differ from the ledger. Please check them and submit again.")
        ),
        Usual(
            _("No signature page"),
            _("The signed and sealed page is missing. Please add it and submit again."),
        ),
    ]


def for_opinions() -> list[Usual]:
    """What is said on the way forward."""
    return [
        Usual(_("Agreed"), _("Agreed.")),
        Usual(_("Checked and true"), _("Checked, the facts are as stated. Agreed.")),
        Usual(_("No objection"), _("No objection.")),
    ]
