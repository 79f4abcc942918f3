"""The guided tour: one invented project from signed to reviewed, through the real pages, with real accounts.

Every act is a request through the whole application: log-in, page, form, answer. Used by `make tour` and by a test.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from flows.campaigns.models import CampaignLine
from flows.engine.models import Assignment, Run
from flows.journal.selectors import verify
from flows.projects.lifecycle import Move, Phase
from flows.projects.models import Milestone, Project, Requirement
from hetang_flow import demonstration
from hetang_flow.lib.clock import district_day
from permissions.models import Post
from permissions.operations import DEMO_PREFIX

PATH = (Move.FULFIL, Move.START, Move.BUILD, Move.COMPLETE, Move.REVIEW)
RETURNED_ONCE = Move.START
OPINION = "资料齐全，同意。"
REASON = "施工许可证缺签章页，请补正后重报。"


class TourFailed(RuntimeError):
    """A step did not go as the tour expects; the message says which and what the page answered."""


def _browser() -> Client:
    return Client(SERVER_NAME="localhost", raise_request_exception=True)


class Tour:
    """Walks one project; `say` gets one line for each step, with its time.

    `browser` makes what a person uses: anything that gets and posts like Django's test client.
    """

    def __init__(
        self,
        password: str,
        *,
        now: datetime,
        say: Callable[[str], None],
        browser: Callable[[], Any] = _browser,
    ) -> None:
        self.password, self.now, self.say, self.browser = password, now, say, browser
        self.steps = 0
        self.began = time.monotonic()
        self.people: dict[int, Any] = {}

    def walk(self) -> str:
        """Load nothing, walk everything; returns the closing line. Raises TourFailed at the first wrong answer."""
        (project,) = demonstration.invent_projects(now=self.now, only=1)
        self.project = project
        self.officer = demonstration.officer_of(project)
        for move in PATH:
            self.pass_gate(move)
        return self.closing_line()

    def pass_gate(self, move: Move) -> None:
        """Submit, verify, approve by all contact leaders; one gate is returned once on the way."""
        page = reverse("milestone-new", args=[self.project.public_id])
        self.press(self.officer, "发起", page, page, move=move.value)
        milestone = Milestone.objects.select_related("run", "gate").get(project=self.project, state="open")
        self.fill(milestone)
        self.submit(milestone)
        self.decide(milestone.run, "核验同意")
        if move == RETURNED_ONCE:
            self.send_back(milestone.run)
            self.submit(milestone)
            self.decide(milestone.run, "核验同意")
        self.decide(milestone.run, "会签同意")
        self.decide(milestone.run, "会签同意")
        phase = Phase(Project.objects.values_list("phase", flat=True).get(pk=self.project.pk))
        with override("zh-hans"):
            self.say(f"      {self.project.name} → {phase.label}")

    def fill(self, milestone: Milestone) -> None:
        """Upload every paper, type every figure and date."""
        sheet = reverse("sheet", args=[milestone.run.public_id])
        typed = {"note": "证照、资金到位凭证已齐，数据与台账一致，请予核验。"}
        for item, answer in demonstration.checklist(milestone, today=district_day(self.now)):
            if item.kind == Requirement.Kind.DOCUMENT:
                url = reverse("milestone-evidence", args=[milestone.public_id])
                self.press(self.officer, f"上传 {item.name}", sheet, url, requirement=item.code, file=answer)
            else:
                typed[f"value-{item.code}"] = str(answer)
        url = reverse("milestone-draft", args=[milestone.public_id])
        self.press(self.officer, "填写数据与日期", sheet, url, **typed)

    def submit(self, milestone: Milestone) -> None:
        """报送."""
        share = self.next_share(milestone.run)
        url = reverse("work-complete", args=[milestone.run.public_id])
        self.press(self.officer, "报送", self.sheet_of(milestone.run), url, assignment=share.pk)

    def decide(self, run: Run, said: str) -> None:
        """The next post that is asked agrees."""
        share = self.next_share(run)
        url = reverse("work-approve", args=[run.public_id])
        self.press(share.post, said, self.sheet_of(run), url, assignment=share.pk, opinion=OPINION)

    def send_back(self, run: Run) -> None:
        """The next post that is asked returns the matter for correction."""
        share = self.next_share(run)
        url = reverse("work-return", args=[run.public_id])
        self.press(share.post, "退回", self.sheet_of(run), url, assignment=share.pk, reason=REASON)

    @staticmethod
    def sheet_of(run: Run) -> str:
        """Where the matter is read before it is decided."""
        return reverse("sheet", args=[run.public_id])

    @staticmethod
    def next_share(run: Run) -> Assignment:
        """The first post that is still asked."""
        asked = Assignment.objects.filter(run=run, status=Assignment.Status.OPEN).select_related("post")
        share = asked.order_by("order", "pk").first()
        if share is None:
            raise TourFailed(f"{run}: nobody is asked")
        return share

    def press(self, post: Post, said: str, page: str, url: str, **fields: Any) -> None:
        """Open the page as this post, then send the form; anything but a redirect is a failure."""
        began = time.monotonic()
        person = self.signed_in(post)
        shown = person.get(page)
        if shown.status_code != 200:
            raise TourFailed(f"{post.name} {said}: {page} answered {shown.status_code}")
        answer = person.post(url, fields)
        if answer.status_code != 302:
            raise TourFailed(
                f"{post.name} {said}: {url} answered {answer.status_code}\n{answer.content.decode()[:2000]}"
            )
        self.steps += 1
        self.say(f"{self.steps:>4}  {post.name}  {said}  {(time.monotonic() - began) * 1000:.0f} ms")

    def signed_in(self, post: Post) -> Any:
        """A browser in which this post's invented account has signed in."""
        if post.pk not in self.people:
            person = self.browser()
            words = {"login": DEMO_PREFIX + post.code, "password": self.password}
            if person.post(reverse("account_login"), words).status_code != 302:
                raise TourFailed(f"{post.name} cannot sign in")
            self.people[post.pk] = person
        return self.people[post.pk]

    def closing_line(self) -> str:
        """Count what is there and verify the record; raises TourFailed when the record does not hold."""
        lines = CampaignLine.objects.count()
        keys = Project.objects.filter(is_demo=False).count()
        reviewed = Project.objects.filter(phase=Phase.REVIEWED).count()
        if not verify():
            raise TourFailed("the record does not verify")
        self.say(f"      {time.monotonic() - self.began:.1f} s")
        return (
            f"tour: {lines} lines, {keys} key projects, {reviewed} project reviewed, "
            f"{self.steps} steps, record verified"
        )
