"""What the engine's pages learn from this room: the body of its sheets, who else sees its runs, its words."""

from flows.engine import registry

from . import selectors
from .flow import PolicyFlow, TokenMoveFlow

registry.sheet_context(PolicyFlow.code, selectors.policy_context)
registry.sheet_context(TokenMoveFlow.code, selectors.move_context)
registry.run_visibility(selectors.runs_of_room)
registry.history_words("policy.published", selectors.published_words)
registry.history_words("policy.migrated", selectors.migrated_words)
registry.history_words("token.moved", selectors.moved_words)
