"""Why not, in the reader's language."""

from django import template

from hetang_flow.lib.verdicts import Verdict
from hetang_flow.refusal_texts import sentence

register = template.Library()


@register.filter
def refusal(verdict: Verdict) -> str:
    """The sentence of a verdict that says no; nothing for a yes."""
    return sentence(verdict.code, verdict.facts) if verdict.code else ""
