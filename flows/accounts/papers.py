"""Activation slips: one for each person, cut apart and handed over in person. The codes stand nowhere else."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from flows.engine.papers import moment
from flows.engine.typesetting import kept_as, pdf, printable
from hetang_flow.lib.clock import district_day
from permissions.actors import Actor

from .operations_codes import Slip


def slips_pdf(slips: Sequence[Slip], posts: Mapping[int, str], *, by: Actor, at: datetime) -> bytes:
    """The slips as a PDF in the language in use; `posts` says by account what it is to hold."""
    paper = {
        "language": (get_language() or "zh")[:2],
        "title": _("Account slip · Hetang Flow"),
        "account": _("Account"),
        "code": _("One-time code"),
        "until": _("Valid until"),
        "steps": _("Open the address below, type account and code, and set a password of your own."),
        "address": settings.PUBLIC_URL.rstrip("/") + reverse("account-code"),
        "handling": _("Hand over in person; do not copy, photograph or forward. The code works once."),
        "printed": printable(_("Printed %(when)s by %(name)s") % {"when": moment(at), "name": by.name}),
        "slips": [
            {
                "name": printable(slip.user.name),
                "post": printable(posts.get(slip.user.pk, "")),
                "account": printable(slip.user.username),
                "code": slip.code,
                "until": moment(slip.expires),
            }
            for slip in slips
        ],
    }
    return pdf("slips.typ", paper, at=at)


def file_name(at: datetime) -> str:
    """A name under which the slips can be kept until they are handed over."""
    return kept_as(_("Account slips"), district_day(at).isoformat())
