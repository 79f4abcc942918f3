"""One matter and the people round it: tests of the operations say who does what, and what is left behind."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from flows.engine import operations as engine
from flows.engine.models import Assignment, Policy, Run, Step
from flows.engine.selectors_policy import policy_by_id
from flows.journal.models import Entry
from flows.projects.models import Milestone, Project
from hetang_flow.lib.errors import Refusal
from hetang_flow.refusal_texts import TEXTS
from notifications.models import Notice
from permissions.actors import Actor
from permissions.models import Appointment, Post, Substitution, User
from tests.support import cast

WHY = "情况有变，需要这样处理。"
NO = "与台账不符，不能同意。"
# Beside the cast: heads of two units, a third leader, the other two of the campaign office, a leader's secretary.
MORE = {
    "he": ("leading", "head"),
    "du": ("serving", "head"),
    "liu": ("leadership", "leader"),
    "han": ("campaign-office", "desk"),
    "tao": ("campaign-office", "head"),
    "shu": ("leadership", "secretary"),
}
ADMINISTRATORS = {"xi": "system", "an": "security", "shen": "audit"}
WITHOUT_A_POST = "wu"


def crowd(tag: str = "a") -> cast.District:
    """The district with more people: MORE, the three administrators, and Wu, who holds no post."""
    district = cast.build(tag)
    for order, (name, (unit, duty)) in enumerate(MORE.items(), 20):
        district.posts[name] = Post.objects.create(
            code=f"{name}-{tag}",
            organisation=district.units[unit],
            name=f"{unit} {duty} {name}",
            duty=duty,
            order=order,
            serves=district.posts["zhao"] if duty == "secretary" else None,
        )
        district.users[name] = User.objects.create(username=f"{name}-{tag}", name=name.title(), is_demo=True)
        appoint(district, name, name)
    for name, kind in ({WITHOUT_A_POST: ""} | ADMINISTRATORS).items():
        district.users[name] = User.objects.create(
            username=f"{name}-{tag}", name=name.title(), administrator=kind, is_demo=True
        )
    return district


def appoint(district: cast.District, name: str, post: str) -> Appointment:
    """Give somebody a post from the cast's first day on."""
    return Appointment.objects.create(
        post=district.posts[post], user=district.users[name], from_day=date(2023, 1, 1)
    )


def leave(district: cast.District, name: str, post: str | None = None) -> None:
    """Somebody holds this post, or no post at all, from today on."""
    held = Appointment.objects.filter(user=district.users[name])
    if post:
        held = held.filter(post=district.posts[post])
    held.update(until_day=district.now.date())


def stands_in(district: cast.District, substitute: str, post: str, days: int = 30) -> Substitution:
    """Somebody's post stands in for another from today on."""
    return Substitution.objects.create(
        post=district.posts[post],
        substitute=district.posts[substitute],
        from_day=district.now.date(),
        until_day=district.now.date() + timedelta(days),
        reason="出差",
        made_by=district.users[post],
        made=district.now,
    )


def policy(district: cast.District, key: str, **values: Any) -> None:
    """Change what the policy of a milestone's step says; a post is named by its holder."""
    for name in ("stand_in", "alternate"):
        if isinstance(values.get(name), str):
            values[name] = district.posts[values[name]]
    if "weights" in values:
        values["weights"] = {district.posts[name].code: weight for name, weight in values["weights"].items()}
    Policy.objects.filter(key=f"milestone.{key}").update(**values)
    policy_by_id.cache_clear()


def leaders(district: cast.District, *names: str) -> Project:
    """A project whose contact leaders hold these posts, in this order."""
    project = district.project()
    project.leaders.filter(level="district").delete()
    for order, name in enumerate(names):
        project.leaders.create(post=district.posts[name], level="district", order=order)
    return project


@dataclass
class Scene:
    """One milestone; whoever does something is named by their first name, a share by whose post it asks."""

    district: cast.District
    milestone: Milestone

    @property
    def run(self) -> Run:
        return Run.objects.get(pk=self.milestone.run_id)

    @property
    def step(self) -> Step:
        """The step entered last."""
        return Step.objects.filter(process=self.milestone.run_id).exclude(flow_task_type="START").latest("pk")

    @property
    def phase(self) -> str:
        return Project.objects.get(pk=self.milestone.project_id).phase

    def by(self, name: str) -> Actor:
        return self.district.actor(name)

    def share(self, name: str, role: str | None = None) -> Assignment:
        """The newest share asked of a post, of one role if one is named."""
        rows = Assignment.objects.filter(run=self.milestone.run_id, post=self.district.posts[name])
        return (rows.filter(role=role) if role else rows).latest("pk")

    def act(self, operation: Callable, name: str, *args: Any, of: str = "", role: str | None = None, **words):
        """Let somebody do something with a share, their own unless it is another's; a while later."""
        self.district.now += timedelta(minutes=7)
        share = self.share(of or name, role)
        by, now = self.by(name), self.district.now
        return operation(self.milestone.run.public_id, share.pk, *args, by=by, now=now, **words)

    def govern(self, operation: Callable, name: str, *args: Any, **words):
        """Let somebody do something with the whole run."""
        self.district.now += timedelta(minutes=7)
        by, now = self.by(name), self.district.now
        return operation(self.milestone.run.public_id, *args, by=by, now=now, **words)

    def posts(self, *names: str) -> list[int]:
        return [self.district.posts[name].pk for name in names]

    def stands(self, step: Step | None = None) -> dict[str, str]:
        """How each post's share of a step stands, the last one first named unless it is another."""
        names = {post.pk: name for name, post in self.district.posts.items()}
        rows = Assignment.objects.filter(step=step or self.step).order_by("order", "pk")
        return {names[row.post_id]: row.status for row in rows}

    def told(self, name: str) -> list[str]:
        """The kinds of what somebody was told, in order."""
        rows = Notice.objects.filter(user=self.district.users[name]).order_by("number")
        return list(rows.values_list("kind", flat=True))

    def recorded(self) -> list[str]:
        """The kinds of what is on record of this run, in order."""
        rows = Entry.objects.filter(run_id=self.milestone.run_id).order_by("number")
        return list(rows.values_list("kind", flat=True))

    def entry(self, kind: str) -> Entry:
        """The newest entry of a kind."""
        return Entry.objects.filter(run_id=self.milestone.run_id, kind=kind).latest("number")

    def signed(self, *names: str) -> "Scene":
        """These approve, one after another."""
        for name in names:
            self.act(engine.approve, name)
        return self

    def back(self, name: str, reason: str = NO) -> "Scene":
        """Somebody returns the matter to whoever submitted it."""
        self.act(engine.return_to_initiator, name, reason=reason)
        return self

    def submit(self) -> "Scene":
        self.district.submit(self.milestone)
        return self


def drafted(district: cast.District, project: Project | None = None) -> Scene:
    """A milestone that its officer is writing."""
    return Scene(district, district.milestone(project))


def submitted(district: cast.District, project: Project | None = None) -> Scene:
    """A milestone that lies with the verifying unit."""
    return Scene(district, district.submitted(project))


def verified(district: cast.District, project: Project | None = None) -> Scene:
    """A milestone that lies with the contact leaders."""
    return submitted(district, project).signed("lin")


def refused(code: str, call: Callable, *args: Any, **words: Any) -> dict[str, Any]:
    """The call is refused for this reason, which has words, and leaves nothing behind; the facts of the refusal."""
    before = traces()
    with pytest.raises(Refusal) as refusal:
        call(*args, **words)
    assert refusal.value.code == code
    assert code in TEXTS
    assert traces() == before
    return refusal.value.facts


def traces() -> tuple[Any, ...]:
    """Everything an operation could have left behind."""
    shares = Assignment.objects.order_by("pk").values_list("pk", "status", "handed_to", "seen_at", "root")
    runs = Run.objects.order_by("pk").values_list(
        "pk", "status", "round", "outcome", "suspended_at", "appended"
    )
    counted: Iterable[int] = (model.objects.count() for model in (Entry, Notice, Step))
    return (*counted, list(shares), [str(row) for row in runs])
