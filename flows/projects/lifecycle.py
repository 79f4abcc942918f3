"""The life of a project on one screen: six phases in order, suspended, terminated, and nothing else.

A move has a name, a source and a target. `MOVES` is the table that the gates, the flow, the diagram and the
database trigger read; `ProjectLifecycle` is the machine. Source: the notice's full-life-cycle management.
"""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import GET_STATE, FSMField, FSMModelMixin, transition


class Phase(models.TextChoices):
    """Where a project is in its life."""

    SIGNED = "signed", _("signed")
    FULFILLED = "fulfilled", _("contract fulfilled")
    STARTED = "started", _("started")
    BUILDING = "building", _("under construction")
    COMPLETED = "completed", _("completed")
    REVIEWED = "reviewed", _("reviewed")
    SUSPENDED = "suspended", _("suspended")
    TERMINATED = "terminated", _("terminated")


PATH = (Phase.SIGNED, Phase.FULFILLED, Phase.STARTED, Phase.BUILDING, Phase.COMPLETED, Phase.REVIEWED)
MAY_PAUSE = (Phase.STARTED, Phase.BUILDING)
MAY_END = (Phase.SIGNED, Phase.FULFILLED, Phase.STARTED, Phase.BUILDING, Phase.SUSPENDED)


class Move(models.TextChoices):
    """The named moves between phases; each is a milestone with its own gate."""

    FULFIL = "fulfil", _("contract fulfilment")
    START = "start", _("start of works")
    BUILD = "build", _("entry into construction")
    COMPLETE = "complete", _("completion")
    REVIEW = "review", _("review")
    SUSPEND = "suspend", _("suspension")
    RESUME = "resume", _("resumption")
    TERMINATE = "terminate", _("termination")


@dataclass(frozen=True, slots=True)
class Leg:
    """One allowed move; a target of None returns to the phase that was left."""

    move: Move
    sources: tuple[Phase, ...]
    target: Phase | None


MOVES = (
    Leg(Move.FULFIL, (Phase.SIGNED,), Phase.FULFILLED),
    Leg(Move.START, (Phase.FULFILLED,), Phase.STARTED),
    Leg(Move.BUILD, (Phase.STARTED,), Phase.BUILDING),
    Leg(Move.COMPLETE, (Phase.BUILDING,), Phase.COMPLETED),
    Leg(Move.REVIEW, (Phase.COMPLETED,), Phase.REVIEWED),
    Leg(Move.SUSPEND, MAY_PAUSE, Phase.SUSPENDED),
    Leg(Move.RESUME, (Phase.SUSPENDED,), None),
    Leg(Move.TERMINATE, MAY_END, Phase.TERMINATED),
)


def moves_from(phase: str) -> list[Move]:
    """The moves a project in this phase may ask for, in order."""
    return [leg.move for leg in MOVES if phase in leg.sources]


class ProjectLifecycle(FSMModelMixin, models.Model):
    """The protected phase of a project; only the methods below change it."""

    phase = FSMField(_("phase"), choices=Phase.choices, default=Phase.SIGNED, protected=True)
    phase_left = models.CharField(max_length=12, choices=Phase.choices, blank=True)

    class Meta:
        abstract = True

    @transition(phase, source=Phase.SIGNED, target=Phase.FULFILLED)
    def fulfil(self):
        """The company is registered and the first money is in, as agreed."""

    @transition(phase, source=Phase.FULFILLED, target=Phase.STARTED)
    def start(self):
        """The works have begun."""

    @transition(phase, source=Phase.STARTED, target=Phase.BUILDING)
    def build(self):
        """The main works are under way."""

    @transition(phase, source=Phase.BUILDING, target=Phase.COMPLETED)
    def complete(self):
        """The works are done and accepted."""

    @transition(phase, source=Phase.COMPLETED, target=Phase.REVIEWED)
    def review(self):
        """What was built has been held against what was promised."""

    @transition(phase, source=list(MAY_PAUSE), target=Phase.SUSPENDED)
    def suspend(self):
        """The works stop; the phase that is left is kept."""
        self.phase_left = self.phase

    @transition(
        phase,
        source=Phase.SUSPENDED,
        target=GET_STATE(lambda project: Phase(project.phase_left), states=list(MAY_PAUSE)),
    )
    def resume(self):
        """The works go on in the phase they left."""

    @transition(phase, source=list(MAY_END), target=Phase.TERMINATED)
    def terminate(self):
        """The project ends without being completed."""

    @transition(
        phase,
        source="*",
        target=GET_STATE(lambda project, correction: Phase(correction.to_phase), states=list(PATH)),
        conditions=[],
    )
    def correct(self, correction):
        """A phase moved by mistake is put right; two persons and a reason stand in the correction."""
