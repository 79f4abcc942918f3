"""What the compartment needs on top of the cast: a commission, its policies, and a referral that a person confirms."""

from datetime import date, timedelta
from typing import Any

from flows.discipline import opening, operations
from flows.discipline.models import Case, Commission, Disposition, Letter
from flows.engine.models import Assignment, Policy
from flows.engine.selectors_policy import policy_by_id
from flows.projects.models import Project, ProjectLeader
from flows.supervision.models import Item, Measure
from permissions.models import Organisation
from tests.support.cast import District
from tests.support.supervised import entered, hire, measure_of, prepare, swept, weighed

COMMISSION, CITY = "discipline-commission", "city-discipline-commission"
# The secretary heads the commission, his deputy approves the milder dispositions; Yin takes in, Xu and Jin handle.
PEOPLE = {
    "shu": (COMMISSION, "leader"),
    "dep": (COMMISSION, "deputy"),
    "yin": (COMMISSION, "inspector"),
    "xu": (COMMISSION, "inspector"),
    "jin": (COMMISSION, "inspector"),
    "desk": (COMMISSION, "desk"),
    "cheng": (CITY, "inspector"),
}
ASIDE = {"recuse": ["discipline.aside"], "forbids": ["transfer", "delegate", "consult"]}
POLICIES: dict[str, dict[str, Any]] = {
    "discipline.intake": {"resolver": "discipline.intake", "limit_days": 5, "duty": "intake"},
    "discipline.propose": {"resolver": "discipline.handlers", "limit_days": 10, "duty": "handle"},
    "discipline.approve": {"resolver": "discipline.approver", "limit_days": 5, "duty": "approve_case"},
    "discipline.conclude": {"resolver": "discipline.handlers", "duty": "handle"},
    "discipline.review": {"resolver": "discipline.approver", "limit_days": 5, "duty": "approve_case"},
}
DISPOSITIONS = (
    ("inquiry", "谈话函询", 30, "dep"),
    ("verification", "初步核实", 60, "shu"),
    ("hold", "暂存待查", 60, "dep"),
    ("close", "予以了结", 10, "shu"),
)
REASON = "经研究，情况属实，按程序办理。"


def furnish(district: District, tag: str = "a") -> District:
    """The commissions, their posts and people, the policies and dispositions; whoever weighs is of the campaign."""
    if "ying" not in district.users:
        prepare(district, tag)
    for code, kind in ((COMMISSION, "bureau"), (CITY, "city")):
        name = f"{code}-{tag}"
        unit, _new = Organisation.objects.get_or_create(code=code, defaults={"name": name, "kind": kind})
        district.units[code] = unit
    # The whole cast is invented, so its people may speak of its units.
    Organisation.objects.update(is_demo=True)
    for name, (unit, duty) in PEOPLE.items():
        hire(district, name, unit, duty, tag)
    for key, columns in POLICIES.items():
        words = (
            {"name": key, "mode": "any_of", "clause": "preset", "published": district.now} | ASIDE | columns
        )
        Policy.objects.update_or_create(key=key, version=1, defaults=words)
    policy_by_id.cache_clear()
    Commission.objects.create(plan=district.plan, intake=district.posts["yin"], city=district.posts["cheng"])
    for order, (code, name, days, post) in enumerate(DISPOSITIONS):
        Disposition.objects.create(
            plan=district.plan,
            code=code,
            name=name,
            days=days,
            approver=district.posts[post],
            order=order,
            clause="preset",
        )
    return district


def entered_clue(district: District, by: str = "xu", **said: Any) -> Case:
    """An inspector enters a clue about Wang's unit."""
    words: dict[str, Any] = {
        "unit": district.units["stranger"].code,
        "text": "反映该单位工作纪律问题。",
    } | said
    return opening.enter_clue(district.plan.code, **words, by=district.actor(by), now=district.now)


def with_letter(district: District) -> tuple[Case, Letter]:
    """A case that Xu handles, and a letter of it."""
    case = accepted(district, entered_clue(district))
    said = {"kind": "reminder", "unit": district.units["stranger"].code, "text": "请加强日常管理，按期报送。"}
    letter = operations.write_letter(case.public_id, **said, by=district.actor("xu"), now=district.now)
    return case, letter


def proposed_referral(district: District, **said: Any) -> Measure:
    """A matter at its last rung, laid before Tao, who has not said anything yet."""
    item: Item = entered(district, **said)
    weighed(district, measure_of(district, item), gravity="grave")
    district.now += timedelta(hours=1)
    swept(date(2023, 6, 1), 11)
    item.refresh_from_db()
    return measure_of(district, item)


def referred(district: District, **said: Any) -> Case:
    """A referral that Tao confirms, and the case it opens."""
    measure = proposed_referral(district, **said)
    weighed(district, measure, "tao", gravity="grave")
    return Case.objects.get(measure=measure)


def led_by(district: District, name: str) -> Project:
    """An invented project that one more person leads as its contact leader."""
    project = district.project()
    ProjectLeader.objects.create(
        project=project, post=district.posts[name], level=ProjectLeader.Level.DISTRICT, order=9
    )
    return project


def at(district: District, case: Case, operation: Any, name: str, **said: Any) -> Case:
    """Somebody does something in a case."""
    return operation(case.public_id, by=district.actor(name), now=district.now, **said)


def person(district: District, name: str) -> tuple[int, int]:
    """Post and person, as the intake names a handler."""
    return district.posts[name].pk, district.users[name].pk


def accepted(district: District, case: Case, *names: str) -> Case:
    """Yin accepts it and gives it to these, Xu unless told otherwise."""
    handlers = [person(district, name) for name in names or ("xu",)]
    return at(district, case, operations.take_in, "yin", accept=True, handlers=handlers, reason=REASON)


def proposed(district: District, case: Case, disposition: str = "inquiry", by: str = "xu") -> Case:
    """A handler proposes a disposition."""
    return at(district, case, operations.propose, by, disposition=disposition, reason=REASON)


def closed(district: District, case: Case) -> Case:
    """The whole way, to its end."""
    proposed(district, accepted(district, case))
    at(district, case, operations.agree, "dep", opinion=REASON)
    at(district, case, operations.conclude, "xu", text=REASON)
    return at(district, case, operations.agree, "dep", opinion=REASON)


def asked(case: Case) -> list[str]:
    """Who is asked in a case now, by the last word of the post."""
    rows = Assignment.objects.filter(run_id=case.run_id, status="open", step__status="NEW")
    return sorted(row.post.name.split()[-1] for row in rows.select_related("post"))
