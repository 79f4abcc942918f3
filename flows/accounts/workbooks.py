"""Empty tables for lists of people, in the language the reader of workbooks looks for."""

from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from hetang_flow.lib.workbooks import Field, Page, template

from . import rules, selectors
from .models import AccountList


def blank(kind: str) -> tuple[str, bytes]:
    """Name and content of an empty table; the units and posts there are stand as choices."""
    columns = rules.JOINING if kind == AccountList.Kind.JOINING else rules.LEAVING
    names = selectors.post_names() if kind == AccountList.Kind.JOINING else []
    choices = {
        "unit": tuple(dict.fromkeys(unit for unit, _post in names)),
        "post": (*dict.fromkeys(post for _unit, post in names), *rules.ADMINISTRATORS),
    }
    fields = [
        Field(
            c.code,
            c.name,
            "choice" if names and c.code in choices else c.kind,
            c.required,
            choices.get(c.code, ()),
        )
        for c in columns
    ]
    title = _("New accounts") if kind == AccountList.Kind.JOINING else _("Leavers")
    return title, template(Page(title, fields))


def attachment(name: str) -> str:
    """How a browser is told to keep a file and not to open it."""
    return content_disposition_header(True, name) or "attachment"
