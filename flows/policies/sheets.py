"""What the engine's pages learn from this room: the body of its sheets and papers, who sees its runs, its words."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from viewflow.workflow.status import PROCESS

from flows.engine import registry
from flows.engine.models import Run
from flows.engine.rules import governs
from permissions.actors import Actor

from . import papers, selectors
from .flow import PolicyFlow, TokenMoveFlow

OWN = (PolicyFlow, TokenMoveFlow)


def links(run: Run, actor: Actor) -> Iterator[registry.Link]:
    """The campaign office may propose to move any running matter but those that decide about the rules."""
    if governs(actor) and run.status == PROCESS.NEW and run.flow_class not in OWN:
        yield registry.Link(reverse("work-move", args=[run.public_id]), _("Move to another step"))


registry.sheet_context(PolicyFlow.code, selectors.policy_context)
registry.sheet_context(TokenMoveFlow.code, selectors.move_context)
registry.paper_rows(PolicyFlow.code, papers.policy_rows)
registry.paper_rows(TokenMoveFlow.code, papers.move_rows)
registry.run_visibility(selectors.runs_of_room, PolicyFlow.code, TokenMoveFlow.code)
registry.history_words("policy.published", selectors.published_words)
registry.history_words("policy.migrated", selectors.migrated_words)
registry.history_words("token.moved", selectors.moved_words)
registry.run_links(links)
