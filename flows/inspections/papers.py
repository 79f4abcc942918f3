"""What a visit puts on its paper, from what the sheet has read."""

from django.utils.translation import gettext as _

from flows.engine.papers import day
from flows.engine.registry import Context
from flows.files.papers import file_rows

from .selectors_sheet import Found, SeenBy, VisitSheet


def visit_rows(context: Context) -> list[tuple[str, str]]:
    """The round and the project, who inspects, the materials, the visit, each finding, who has seen it."""
    it: VisitSheet = context["it"]
    visit, round_ = it.visit, it.round
    rows = [
        (_("Inspection round"), f"{round_.get_kind_display()}\n{round_.name}"),
        (_("Project"), f"{visit.project.name}\n{visit.project.code}"),
        (_("Inspectors"), "、".join(it.inspectors)),
        (_("Materials"), visit.materials or _("none handed in")),
        *file_rows(context["files"]),
    ]
    if not it.reads_findings or visit.handed_in is None:
        return rows
    rows.append((_("Visited on"), day(visit.visited_on)))
    if visit.nothing_found:
        rows.append((_("Findings"), _("nothing found")))
    rows += [
        (_("Finding %(number)s") % {"number": each.finding.number}, _finding(each)) for each in it.findings
    ]
    return rows + [(_("Seen by %(unit)s") % {"unit": seen.unit}, _said(seen)) for seen in it.seen]


def _finding(each: Found) -> str:
    finding = each.finding
    grade = _("serious") if finding.is_serious else _("ordinary")
    photos = [_("photographs: %(count)s") % {"count": len(each.photos)}] if each.photos else []
    opened = (
        [_("opened: %(what)s") % {"what": "、".join(row.label for row in each.opened)}] if each.opened else []
    )
    return "\n".join([finding.text, "，".join([grade, finding.unit.name, *photos, *opened])])


def _said(seen: SeenBy) -> str:
    objection = seen.objection
    return _("objects: %(text)s") % {"text": objection} if objection else _("no objection")
