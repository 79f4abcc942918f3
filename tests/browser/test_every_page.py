"""Every page, on a phone and on a desk, in Chinese and in English: it fits, is touchable, and speaks one language."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from flows.agenda.operations import make_address
from flows.campaigns.models import CampaignLine
from flows.discipline import operations as handling
from flows.discipline.opening import enter_clue
from flows.engine import operations as engine
from flows.engine.actions import ACTIONS
from flows.engine.models import Assignment
from flows.files.operations import attach, keeping
from flows.inspections import opening
from flows.inspections import operations as inspecting
from flows.inspections import operations_visit as on_site
from flows.journal.operations_checks import check_record
from flows.journal.sealing import seal_record
from flows.ledgers.importing import look_at, upload
from flows.ledgers.operations import add_row
from flows.lights.operations import judge_due
from flows.obstacles import operations as obstacles
from flows.obstacles.models import ObstacleKind
from flows.pool import operations as pool
from flows.projects.models import Evidence, Milestone
from flows.supervision.models import Slip
from flows.supervision.opening import open_runs
from flows.supervision.operations import Entered, enter_ground
from flows.targets import operations_assessment as assessing
from flows.targets import operations_line_plans as filing
from flows.timetables.operations import begin_timetable
from hetang_flow import demonstration
from hetang_flow.lib import clock
from permissions.models import Post, User
from permissions.operations import DEMO_PREFIX
from permissions.selectors import actor_for
from tests.browser.conftest import DESK, PHONE
from tests.operations.test_files import picture
from tests.operations.test_files import upload as uploaded
from tests.screens.matrix import answers
from tests.support.keeping import VISIT
from tests.support.listed import administrators, handed_in, locked_out
from tests.support.pool import values
from tests.support.signed import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
TOUCHABLE = 44

# Addresses that answer with something else than a page of their own.
NO_PAGES = {
    "inbox-list": "a part of the inbox",
    "inbox-badge": "a part of every page",
    "health-live": "for machines",
    "health-ready": "for machines",
    "sheet-pdf": "a paper",
    "project-card-pdf": "a paper",
    "run-diagram": "a picture",
    "evidence-page": "a picture",
    "evidence-file": "a download",
    "ledger-template": "a download",
    "ledger-report": "a download",
    "file-page": "a picture",
    "file-download": "a download",
    "account-list-template": "a download",
}
# Controls that may be lower than a thumb, and why.
SMALL_CONTROLS: dict[str, str] = {}
# Runs of Latin words that are names.
NAMES: tuple[str, ...] = ()
ENGLISH = re.compile(r"[A-Za-z]{2,}(?:[ ,]+[A-Za-z]{2,}){2,}")

LOOK = """(small) => {
  const shown = (e) => e.checkVisibility({visibilityProperty: true, opacityProperty: true})
    && e.getBoundingClientRect().width > 1 && e.getBoundingClientRect().height > 1;
  const touched = (e) => {
    const label = e.labels && ["checkbox", "radio", "file"].includes(e.type) ? e.labels[0] : null;
    return Math.max(e.getBoundingClientRect().height, label ? label.getBoundingClientRect().height : 0);
  };
  const named = (e) => `${e.tagName.toLowerCase()}.${[...e.classList].join(".")} "${(e.innerText || e.name
    || e.getAttribute("aria-label") || "").trim().slice(0, 30)}" ${touched(e).toFixed(1)}`;
  const controls = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
    .filter((e) => e.type !== "hidden" && shown(e) && !small.some((s) => e.matches(s)));
  return {
    wide: document.documentElement.scrollWidth - window.innerWidth,
    past: [...document.querySelectorAll("main *, header *")].filter((e) => shown(e)
      && e.getBoundingClientRect().right > window.innerWidth + 0.5).slice(-3).map(named),
    headings: [...document.querySelectorAll("h1")].filter(shown).map((e) => e.innerText),
    low: controls.filter((e) => touched(e) < 43.5).map(named),
    text: document.body.innerText,
    language: document.documentElement.lang,
  };
}"""


@dataclass
class Visits:
    """The pages each person looks at, by URL name."""

    user: User | None
    pages: list[tuple[str, str]] = field(default_factory=list)

    def add(self, name: str, *parts, query: str = "") -> "Visits":
        """One more page."""
        self.pages.append((name, reverse(name, args=parts) + query))
        return self


def beside(call):
    """Run what writes in a thread of its own: Playwright's loop occupies this one, and hints need one as well."""

    def run():
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(run).result()


def account(post: Post) -> User:
    """The invented account of a post."""
    return User.objects.get(username=DEMO_PREFIX + post.code)


def substitute(absent: Post, office: User, leader: User, now) -> User:
    """A leader stood in for from today and standing in for another from tomorrow: every row a page may show."""
    others = Post.objects.filter(duty="leader", on_roster=True).exclude(appointments__user=leader)
    first, second = others.order_by("order")[:2]
    today = clock.district_day(now)
    for post, stand_in, begins in ((absent, first, today), (second, absent, today + timedelta(days=1))):
        engine.substitute(
            post.pk,
            stand_in.pk,
            from_day=begins,
            until_day=begins + timedelta(days=7),
            reason="赴省厅汇报项目，其间请代为办理。",
            by=actor_for(office, at=now),
            now=now,
        )
    return account(first)


def proposal_of(officer: User, now):
    """A proposal that its officer is writing."""
    line = CampaignLine.objects.filter(code="construction").latest("pk")
    return pool.propose(line.pk, values(), by=actor_for(officer, at=now), now=now)


def line_plan_of(now):
    """A line's plan that an officer of its lead department is sharing out, and that officer."""
    officer = account(Post.objects.get(organisation__code="development-zone", duty="officer"))
    line = CampaignLine.objects.filter(code="construction").latest("pk")
    by = actor_for(officer, at=now)
    plan = filing.start_line_plan(line.pk, by=by, now=now)
    units = {"development-zone": ["10"], "development-reform": [""], "transport": ["", "x"]}
    for code, evenly in (("construction-started", False), ("construction-completed", True)):
        filing.share_out(plan.public_id, code, units, evenly=evenly, by=by, now=now)
    return plan, officer


def cases_of(project, now):
    """One case that waits at the intake, one that a handler works on; and both people."""
    intake, handler = (
        account(Post.objects.get(code=code)) for code in ("discipline-intake", "discipline-handler-1")
    )
    by = {"by": actor_for(intake, at=now), "now": now}
    said = {"unit": "education", "project": project.code, "text": "演示·反映协调会连续缺席、未请假。"}
    waiting, accepted = (enter_clue(project.plan.code, **said, **by) for _each in range(2))
    post = Post.objects.get(code="discipline-handler-1")
    handling.take_in(
        accepted.public_id, accept=True, handlers=[(post.pk, handler.pk)], reason="按程序受理。", **by
    )
    words = {"text": "请督促有关人员按时参会。", "by": actor_for(handler, at=now), "now": now}
    handling.write_letter(accepted.public_id, kind="reminder", unit="education", **words)
    return intake, handler, waiting, accepted


def assessment_of(plan_id, now):
    """An assessment whose facts were gathered just now, and whoever scores it."""
    scorer = account(Post.objects.get(organisation__code="campaign-office", duty="officer"))
    return assessing.start_assessment(plan_id, by=actor_for(scorer, at=now), now=now), scorer


def visits_of(projects, now):
    """A round of three visits, waiting for materials, on site, and handed in, each finding with a photograph."""
    office = actor_for(account(Post.objects.get(organisation__code="hq-office", duty="desk")), at=now)
    today = clock.district_day(now)
    said = inspecting.Announced(
        kind="inspection",
        name="演示·二季度重点项目现场督查",
        materials_due=today,
        first_day=today,
        last_day=today + timedelta(days=9),
        inspectors=[office.posts[0].id],
        projects=[project.public_id for project in projects],
        wanted="施工许可、监理日志、形象进度照片",
    )
    round_ = inspecting.announce_round(projects[0].plan.code, said, by=office, now=now)
    opening.open_visits(now=now, round_id=round_.pk)
    visits = list(round_.visits.select_related("run").order_by("pk"))
    for visit in visits[1:]:
        desk = Assignment.objects.get(run=visit.run, status="open").post
        by = actor_for(account(desk), at=now)
        on_site.hand_in_materials(visit.public_id, text="监理日志和照片已报送。", by=by, now=now)
        unit = visit.project.units.filter(role="service").first().organisation.code
        words = on_site.Noted("基坑北侧临边防护缺失约二十米，未见警示标志。", unit, is_serious=True)
        with keeping([uploaded("现场.jpg", picture())]) as kept:
            on_site.note_finding(visit.public_id, words, by=office, now=now, kept=kept)
    on_site.report_visit(visits[2].public_id, visited_on=today, nothing_found=False, by=office, now=now)
    return round_, visits


def obstacle_with_photo(project, officer: User, now):
    """An obstacle of a project, raised with a photograph."""
    by = actor_for(officer, at=now)
    kind = ObstacleKind.objects.filter(plan_id=project.plan_id).first()
    said = obstacles.Raised(kind=kind.code, title="施工用电未接入，专线仍在办理接入手续")
    obstacle = obstacles.raise_obstacle(project.public_id, said, by=by, now=now)
    return obstacle, attach(obstacle.run.public_id, uploaded("现场照片.jpg", picture()), by=by, now=now)


def tour(site) -> list[Visits]:
    """Every page as those see it who work with it: one draft, one to verify, one to approve, one sent back."""
    now = clock.now()
    made = [site.project, *demonstration.invent_projects(now=now)]
    demonstration.play_openings(made, now=now)
    demonstration.play_months(made[1:], now=now)
    drafted, to_verify, to_approve, returned = (
        Milestone.objects.select_related("run", "project").get(project_id=project.pk) for project in made
    )
    paper = Evidence.objects.filter(milestone=to_approve).first()
    asked = Assignment.objects.filter(status="open").select_related("post")
    officer = account(asked.get(run=drafted.run).post)
    back = account(asked.get(run=returned.run).post)
    verifier = account(asked.filter(run=to_verify.run).first().post)
    leader = account(asked.filter(run=to_approve.run).first().post)
    office = account(Post.objects.get(organisation__code="campaign-office", duty="desk"))
    stranger = User.objects.create(username="jobless", name="无岗位账号", is_demo=True)
    free = site.project.plan.projects.filter(is_demo=False).first()
    pooled = proposal_of(officer, now)
    visit = add_row(
        "visits",
        {"level": "省直厅局", "matter": "争取专项债额度"} | VISIT,
        by=actor_for(officer, at=now),
        now=now,
    )
    nodes = begin_timetable(drafted.project.public_id, "lay", by=actor_for(officer, at=now), now=now)
    file = SimpleUploadedFile(
        "走访.csv", "走访单位,走访日期,争取事项\n省财政厅,2023-05-09,专项债\n,近日,\n".encode()
    )
    file = look_at(upload("visits", file, by=actor_for(officer, at=now), now=now).pk, now=now)
    line_plan, filer = line_plan_of(now)
    judge_due(now=now)
    hq = account(Post.objects.get(organisation__code="hq-office", duty="desk"))
    serving = drafted.project.units.get(role="service").organisation.code
    said = Entered(
        "weak", serving, "演示·协调会连续缺席", "两次通知参会均未到会，签到表可查。", "slip-yellow"
    )
    said = replace(said, project=drafted.project.public_id)
    supervised = enter_ground(site.project.plan.code, said, by=actor_for(hq, at=now), now=now)
    open_runs(now=now)
    keeper = User.objects.create(
        username="keeper", name="系统管理员", password="!", administrator="system", is_demo=True
    )
    three = administrators()
    gone = User.objects.create(username="ligang.li", name="离岗同志")
    newcomers = handed_in(
        "joining",
        ("xinren.a", "新来的同志", str(asked.first().post.organisation), str(asked.first().post), None),
    )
    leavers = handed_in("leaving", (gone.username, officer.username, "调离"))
    locked_out(leader)
    seal_record(now=now)
    check_record(now=now)
    intake, handler, waiting_case, handled_case = cases_of(drafted.project, now)
    assessment, scorer = assessment_of(line_plan.plan_id, now)
    round_, (waiting, noting, seeing) = visits_of(made[:3], now)
    finding = seeing.findings.get()
    inspector = account(Post.objects.get(organisation__code="hq-office", duty="desk"))
    inspected = account(Assignment.objects.get(run=waiting.run, status="open").post)
    shown_to = account(Assignment.objects.get(run=seeing.run, status="open").post)
    stand_in = substitute(asked.filter(run=to_approve.run).first().post, office, leader, now)
    make_address(by=actor_for(leader, at=now), now=now)
    of_leader = Visits(leader).add("agenda").add("me").add("project", to_approve.project.public_id)
    for tab in ("todo", "done", "mine", "copied"):
        of_leader.add("inbox", query=f"?tab={tab}")
    of_leader.add("inbox", query="?q=%E6%B2%A1%E6%9C%89")
    of_leader.add("sheet", to_approve.run.public_id).add(
        "sheet", to_approve.run.public_id, query="?ask=return"
    )
    of_leader.add("inbox", query="?tab=pool").add("inbox", query="?bulk=1").add("phrases").add(
        "inbox-approve"
    )
    of_leader.add("posts-search", query="?q=%E5%B1%80")
    for action in ACTIONS:
        of_leader.add(action.url_name, to_approve.run.public_id)
    of_leader.add("run-preview", to_approve.run.public_id)
    of_leader.add("run-preview", to_approve.run.public_id, query="?act=return")
    of_leader.add("projects").add("projects", query="?phase=signed&q=%E6%BC%94%E7%A4%BA")
    of_leader.add("project", free.public_id).add("project-card", free.public_id).add(
        "evidence", paper.public_id
    )
    raiser = User.objects.get(pk=to_approve.run.initiator_id)
    obstacle, photo = obstacle_with_photo(to_approve.project, raiser, now)
    of_leader.add("sheet", obstacle.run.public_id).add("file", photo.public_id)
    of_leader.add("milestone-new", to_approve.project.public_id)
    of_leader.add("substitutes")
    of_leader.add("phones").add("sessions").add("account_change_password").add("account_logout").add(
        "account_reauthenticate"
    )
    return [
        of_leader,
        Visits(officer)
        .add("inbox")
        .add("agenda")
        .add("agenda", query="?kind=supervision")
        .add("sheet", drafted.run.public_id)
        .add("project", drafted.project.public_id)
        .add("milestone-new", drafted.project.public_id)
        .add("obstacle-new", drafted.project.public_id)
        .add("permit-new", drafted.project.public_id)
        .add("obstacle-financing")
        .add("obligations")
        .add("targets")
        .add("targets", query="?show=behind")
        .add("contest")
        .add("target", "h-invested")
        .add("target", "h-fixed-assets")
        .add("project-card", drafted.project.public_id)
        .add("task-forces")
        .add("timetable", drafted.project.public_id)
        .add("timetable-write", nodes.public_id)
        .add("sheet", nodes.run.public_id)
        .add("ledgers")
        .add("ledger", "visits")
        .add("ledger-new", "visits")
        .add("ledger-row", visit.row)
        .add("ledger-upload", "visits")
        .add("ledger-import", file.public_id)
        .add("ledger-correct", visit.row)
        .add("months")
        .add("months-board")
        .add("project-months", drafted.project.public_id)
        .add("obligation-month")
        .add("obligations-ahead", query="?mine=1")
        .add("pool")
        .add("proposal-new")
        .add("proposal", pooled.public_id)
        .add("proposal-correct", pooled.public_id)
        .add("proposal-findings", pooled.public_id)
        .add("proposal-tier", pooled.public_id)
        .add("proposal-promote", pooled.public_id)
        .add("sheet", pooled.run.public_id),
        Visits(stand_in).add("inbox").add("agenda").add("me"),
        Visits(hq)
        .add("agenda")
        .add("lights", query="?day=2023-12-31")
        .add("project-lights", drafted.project.public_id)
        .add("light-schemes")
        .add("supervision")
        .add("supervision", query="?show=agenda")
        .add("supervision-item", supervised.public_id)
        .add("supervision-new")
        .add("supervision-ladder")
        .add("sheet", Slip.objects.get(climb__item=supervised).run.public_id)
        .add("notice-settings")
        .add("work-calendar", query="?year=2023"),
        Visits(keeper)
        .add("work-calendar-change", 2027)
        .add("letters-set-aside")
        .add("accounts")
        .add("accounts", query="?words=nobody-of-this-name")
        .add("account", stranger.pk)
        .add("account-lists")
        .add("account-list-new", "joining")
        .add("account-list-new", "leaving")
        .add("account-list", newcomers.public_id)
        .add("mfa_index")
        .add("mfa_activate_totp")
        .add("mfa_add_webauthn")
        .add("mfa_list_webauthn")
        .add("mfa_generate_recovery_codes"),
        Visits(three["security"])
        .add("accounts", query="?show=unused")
        .add("account", stranger.pk)
        .add("account", three["security"].pk)
        .add("account-list", newcomers.public_id)
        .add("account-list", leavers.public_id)
        .add("locks"),
        Visits(three["audit"])
        .add("record-seals")
        .add("me")
        .add("audit-access")
        .add("audit-journal")
        .add("audit-journal", query="?last=2020-01-01"),
        Visits(raiser).add("sheet", obstacle.run.public_id),
        Visits(back).add("sheet", returned.run.public_id).add("project", returned.project.public_id),
        Visits(verifier)
        .add("sheet", to_verify.run.public_id)
        .add("sheet", to_verify.run.public_id, query="?ask=hand-out"),
        Visits(office)
        .add("work-suspend", to_approve.run.public_id)
        .add("work-append", to_verify.run.public_id)
        .add("work-terminate", to_approve.run.public_id)
        .add("me")
        .add("substitutes")
        .add("hand-over")
        .add("hand-over", query=f"?leaver={verifier.pk}")
        .add("project-correct", free.public_id)
        .add("project-correct", drafted.project.public_id)
        .add("obstacles")
        .add("obstacle-land")
        .add("obstacle-land", query="?day=2023-06-01")
        .add("obstacle-permits")
        .add("obstacle-new", free.public_id)
        .add("light-scheme-change")
        .add("supervision-ladder-change")
        .add("policies")
        .add("policy", "milestone.approve")
        .add("policy-change", "milestone.approve")
        .add("work-move", to_verify.run.public_id),
        Visits(filer)
        .add("line-plans")
        .add("line-plan-new", line_plan.line.pk)
        .add("line-plan", line_plan.public_id)
        .add("line-plan-write", line_plan.public_id)
        .add("line-plan-share", line_plan.public_id, "construction-started")
        .add("line-plan-share", line_plan.public_id, "construction-completed")
        .add("sheet", line_plan.run.public_id),
        Visits(scorer)
        .add("assessments")
        .add("assessment-unit", assessment.public_id, "development-reform")
        .add("sheet", assessment.run.public_id),
        Visits(inspector)
        .add("inspections")
        .add("inspection-new")
        .add("inspection-round", round_.public_id)
        .add("inspection-findings")
        .add("inspection-findings", query="?serious=1&unit=none")
        .add("finding-open", finding.public_id, "obstacle")
        .add("finding-open", finding.public_id, "slip")
        .add("sheet", noting.run.public_id)
        .add("sheet", seeing.run.public_id),
        Visits(inspected).add("sheet", waiting.run.public_id),
        Visits(shown_to).add("sheet", seeing.run.public_id),
        Visits(stranger)
        .add("inbox")
        .add("agenda")
        .add("projects")
        .add("me")
        .add("sheet", uuid4())
        .add("substitutes")
        .add("hand-over"),
        Visits(intake).add("discipline").add("discipline-new").add("discipline-case", waiting_case.public_id),
        Visits(handler).add("discipline").add("discipline-case", handled_case.public_id),
        Visits(None).add("account_login").add("account_inactive").add("account-code"),
    ]


def window(site, user: User | None, size: dict[str, int], language: str):
    """A browser window in which this person is signed in and reads this language."""
    page = site.open_page(size)
    cookies = {"django_language": language}
    if user:
        client = Client()
        signed_in(user, client)
        cookies["sessionid"] = client.cookies["sessionid"].value
    page.context.add_cookies(
        [{"name": name, "value": value, "url": site.address} for name, value in cookies.items()]
    )
    return page


def faults(seen: dict, *, phone: bool, language: str) -> Iterator[str]:
    """What is wrong with a page as it is laid out."""
    if seen["wide"] > 0:
        yield f"{seen['wide']} px wider than the window: {', '.join(seen['past'])}"
    if len(seen["headings"]) != 1:
        yield f"headings {seen['headings']}"
    if phone and seen["low"]:
        yield f"lower than {TOUCHABLE} px: {', '.join(seen['low'])}"
    if language == "zh-hans":
        words = [text for text in ENGLISH.findall(seen["text"]) if text not in NAMES]
        if words:
            yield f"untranslated: {words}"


def test_every_page_of_the_matrix_is_looked_at_or_is_no_page(site):
    pages = {
        name for (name, verb, _place), said in answers().items() if verb == "GET" and "200" in said.values()
    }
    visits = beside(lambda: tour(site))
    looked = {name for person in visits for name, _where in person.pages}
    assert pages - looked == set(NO_PAGES), "Look at every page, or say in NO_PAGES why it is none."
    wrong = []
    for size, language in ((PHONE, "zh-hans"), (DESK, "zh-hans"), (PHONE, "en")):
        for person in visits:
            page = window(site, person.user, size, language)
            for name, where in person.pages:
                page.goto(site.address + where, wait_until="load")
                seen = page.evaluate(LOOK, list(SMALL_CONTROLS))
                assert seen["language"] == {"en": "en", "zh-hans": "zh-Hans"}[language]
                found = faults(seen, phone=size == PHONE, language=language)
                wrong += [f"{size['width']} {language} {where} ({name}): {fault}" for fault in found]
            page.context.close()
    assert not wrong, "\n".join(wrong)
