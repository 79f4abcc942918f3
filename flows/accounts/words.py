"""How the record of the system reads to the audit administrator: what was done, and to whom, never why."""

from django.utils.translation import gettext_lazy as _

WORDS = {
    "account.locked": _("locked after wrong passwords"),
    "account.released": _("lock released"),
    "account.closed": _("account closed"),
    "account.opened": _("account opened again"),
    "account.code_issued": _("one-time code given out"),
    "account.code_used": _("password set with a one-time code"),
    "account.unmasked": _("mail address looked at whole"),
    "account.sessions_ended": _("signed out everywhere"),
    "account.factor_added": _("second factor set up"),
    "account.factor_removed": _("second factor removed"),
    "account.linked": _("single sign-on linked"),
    "account.unlinked": _("single sign-on no longer linked"),
    "phone.remembered": _("phone registered"),
    "phone.forgotten": _("phone no longer known"),
    "phone.guessed": _("phone no longer known after wrong PINs"),
    "accounts.handed_in": _("list of accounts handed in"),
    "accounts.confirmed": _("list of accounts confirmed"),
    "accounts.declined": _("list of accounts declined"),
    "appointment.made": _("appointed to a post"),
    "appointment.ended": _("appointment ended"),
    "post.handed_over": _("posts handed over"),
    "substitution.made": _("substitute named"),
    "substitution.ended": _("substitution ended"),
    "list.exported": _("list taken out"),
    "access.removed": _("old rows of the access log removed"),
    "journal.personal_forgotten": _("personal value removed"),
    "person.forgotten": _("name of somebody who left removed"),
    "calendar.years_published": _("working calendar published"),
}
# Personal values of an entry that say whom it is about; reasons are business and stay away.
ABOUT = ("person", "leaver", "successor", "substitute_holder")
