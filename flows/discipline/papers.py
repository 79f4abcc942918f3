"""The papers of a case (PDF): dossier, letters, closing sheet; reads no database. How they look is `templates/papers/case.typ`."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from flows.engine.papers import moment
from flows.engine.typesetting import fact_lines, kept_as, pdf, printable
from permissions.actors import Actor

from .models import Letter
from .selectors_pages import Page


def dossier_pdf(page: Page, *, by: Actor, at: datetime) -> bytes:
    """卷宗: what speaks for the subject and what does not, each as prominent as the other; its hash stands on it."""
    body, folder = page.body, page.dossier
    facts = [
        (_("Dossier No."), folder.number),
        (_("Frozen"), moment(folder.frozen)),
        (_("Unit"), body["subject"]),
        (_("Person"), body["person"]),
        (_("Project"), body["project"]),
        (_("Matter"), body["matter"]),
        ("SHA-256", folder.sha256),
    ]
    columns = [
        {"title": _("What speaks for the subject"), "lines": [_line(fact) for fact in body["in_favour"]]},
        {"title": _("What else is known"), "lines": [_line(fact) for fact in body["against"]]},
    ]
    added = [
        (
            _("Supplement %(number)s, %(side)s, %(when)s")
            % {
                "number": each.number,
                "side": _("in favour") if each.in_favour else _("not in favour"),
                "when": moment(each.added),
            },
            f"{each.text}\nSHA-256 {each.sha256}",
        )
        for each in page.supplements
    ]
    return _pdf(_("Dossier"), folder.number, facts, columns, added, by=by, at=at)


def closing_pdf(page: Page, *, by: Actor, at: datetime) -> bytes:
    """结案表: what was decided by whom and when, and the conclusion in their words."""
    case = page.case
    facts = [
        (_("No."), case.number),
        (_("Unit"), case.unit.name),
        (_("Disposition"), case.disposition.name if case.disposition else ""),
        (_("Opened"), moment(case.opened)),
        (_("Over"), moment(case.closed) if case.closed else ""),
        (_("How it ended"), str(case.get_state_display())),
        (_("Dossier No."), page.dossier.number),
        ("SHA-256", page.dossier.sha256),
    ]
    said = [
        (f"{word.get_kind_display()}　{word.post} {word.said_by or ''}　{moment(word.said)}", word.text)
        for word in page.words
    ]
    return _pdf(_("Closing sheet"), case.number, facts, [], said, by=by, at=at)


def letter_pdf(letter: Letter, *, by: Actor, at: datetime) -> bytes:
    """工作提示函、监察建议、移送函."""
    facts = [
        (_("No."), letter.number),
        (_("To"), letter.addressee.name),
        (_("Written"), moment(letter.written)),
    ]
    return _pdf(str(letter.get_kind_display()), letter.number, facts, [], [("", letter.text)], by=by, at=at)


def name_of(number: str, kind: str) -> str:
    """A name under which the paper can be kept: its number alone, which says nothing."""
    return kept_as(number, kind)


def _line(fact: dict[str, str]) -> dict[str, str]:
    return {"day": fact["day"], "text": printable(fact["text"])}


def _pdf(
    title: str,
    number: str,
    facts: Iterable[tuple[str, str]],
    columns: list[dict[str, Any]],
    said: Iterable[tuple[str, str]],
    *,
    by: Actor,
    at: datetime,
) -> bytes:
    paper = {
        "language": (get_language() or "zh")[:2],
        "title": title,
        "code": number,
        "facts": [[asdict(fact) for fact in line] for line in fact_lines(facts)],
        "columns": columns,
        "none": _("nothing known"),
        "said": [{"head": printable(head), "text": printable(text)} for head, text in said],
        "pages": _("Page %(page)s of %(pages)s") % {"page": "{page}", "pages": "{pages}"},
        "printed": printable(_("Printed %(when)s by %(name)s") % {"when": moment(at), "name": by.name}),
    }
    return pdf("case.typ", paper, at=at)
