"""Why a plan cannot be loaded, in words, and what to do about it."""

from django.utils.translation import gettext_lazy as _

REFUSALS = {
    "plan-file-refused": _("The plan file %(file)s has %(count)s errors."),
    "plan-effective-in-future": _(
        "%(day)s is in the future (today is %(today)s), and what holds tomorrow cannot be recorded as done today. "
        "Load the file on that day."
    ),
    "plan-effective-too-early": _(
        "%(day)s lies before %(floor)s, from which the version in force holds. Name that day or a later one."
    ),
    "plan-entry-missing": _(
        "%(section)s: %(codes)s is in the plan in force but not in this file. Work depends on it, so a file cannot drop "
        "it; put it back, and end it by its own flow."
    ),
    "plan-conflict": _("Something stored by hand is in the way (%(reason)s). Remove or rename it first."),
    "plan-changed-meanwhile": _(
        "The stored plan changed while you were reading the difference. Start again."
    ),
}
