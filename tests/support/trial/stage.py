"""A trial on stage: one run of a trial flow among the cast, a minute between any two acts."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from viewflow.workflow.status import STATUS

from flows.engine import operations as engine
from flows.engine import resolvers
from flows.engine.models import Assignment, Policy, Run, Step
from flows.engine.selectors_policy import policy_by_id
from flows.journal.models import Entry
from flows.journal.operations import open_chain
from notifications.models import Notice
from permissions.actors import SYSTEM
from tests.support import cast

REASON = "资料与台账不一致，请核实。"
ASKED = {
    "trial.draft": "chen",
    "trial.check": "lin",
    "trial.confirm": "zhao",
    "trial.file": "gao",
    "trial.left": "lin",
    "trial.left_again": "luo",
    "trial.right": "ke",
    "trial.aside": "wang",
    "trial.close": "zhao",
    "trial.money": "lin",
    "trial.budget": "luo",
    "trial.audit": "ke",
    "trial.money_done": "qian",
    "trial.land": "wang",
    "trial.small": "ke",
}


def named(names: str) -> str:
    """The resolver that names the posts of these people, in this order."""
    key = f"trial.{names.replace(' ', '_')}"
    if key not in resolvers.known():

        @resolvers.register(key)
        def posts(run, *, now):
            asked = names.split()
            found = resolvers.signers_where(Q(code__regex=f"^({'|'.join(asked)})-"), at=now)
            return sorted(found, key=lambda signer: asked.index(signer.post.code.partition("-")[0]))

    return key


def ask(key: str, names: str, **values) -> Policy:
    """A new version of a policy that asks these people; runs keep the version they began with."""
    columns = {"name": key, "mode": "all_of", "on_self": "allow", "published": cast.NOW}
    last = Policy.objects.filter(key=key).order_by("version").last()
    version = last.version + 1 if last else 1
    return Policy.objects.create(key=key, version=version, resolver=named(names), **columns | values)


@dataclass
class Trial:
    """One run, and what a test asks of it."""

    district: cast.District
    run: Run

    def passes(self, **time) -> "Trial":
        """Let time pass; a minute unless told otherwise."""
        self.district.now += timedelta(**time or {"minutes": 1})
        return self

    def act(self, name: str, operation, *args, by: str = "", **words):
        """One person does something with their open share."""
        share = self.share(name)
        self.passes()
        actor = self.district.actor(by or name)
        return operation(self.run.public_id, share.pk, *args, by=actor, now=self.district.now, **words)

    def yes(self, *names: str) -> "Trial":
        """Each says yes in turn: work is done, a sign-off approved."""
        for name in names:
            judges = self.share(name).step.flow_task.judges
            self.act(name, engine.approve if judges else engine.complete)
        return self

    def back(self, name: str) -> "Trial":
        """A return along the flow's own way."""
        self.act(name, engine.return_to_initiator, reason=REASON)
        return self

    def back_to(self, name: str, node: str, *, resume: bool = False) -> "Trial":
        """A return to the latest step of a node that was walked, else to the latest."""
        steps = self.steps(node)
        target = [step for step in steps if step.status == STATUS.DONE or step is steps[0]][-1]
        self.act(name, engine.return_to, target.pk, resume=resume, reason=REASON)
        return self

    def take_back(self, name: str, node: str) -> "Trial":
        """Somebody undoes their latest decision at a node."""
        shares = Assignment.objects.filter(step__in=self.steps(node), post=self.district.posts[name])
        share = shares.exclude(decided=None).latest("pk")
        self.passes()
        actor = self.district.actor(name)
        engine.take_back(self.run.public_id, share.pk, by=actor, now=self.district.now)
        return self

    def opens(self, name: str) -> "Trial":
        """Somebody looks at the sheet."""
        self.passes()
        engine.mark_opened(self.run.public_id, by=self.district.actor(name), now=self.district.now)
        return self

    def governs(self, operation, **words) -> "Trial":
        """The campaign office acts on the whole run."""
        self.passes()
        operation(self.run.public_id, by=self.district.actor("gao"), now=self.district.now, **words)
        return self

    def share(self, name: str, status: str = "open") -> Assignment:
        """The latest share of a person in this run."""
        return self.district.share(self.run, name, status)

    def steps(self, node: str) -> list[Step]:
        """Every entering of a node, in order."""
        found = Step.objects.filter(process=self.run).order_by("pk")
        return [step for step in found if step.flow_task.name == node]

    def step(self, node: str) -> Step:
        """The latest entering of a node."""
        return self.steps(node)[-1]

    def became(self, node: str) -> list[str]:
        """What became of every entering of a node: NEW, CANCELED, granted or refused."""
        return [step.outcome or step.status for step in self.steps(node)]

    @property
    def open(self) -> list[str]:
        """The nodes at which the run stands, waits included."""
        found = Step.objects.filter(process=self.run, status=STATUS.NEW)
        return sorted(step.flow_task.name for step in found)

    @property
    def outcome(self) -> str:
        """How the run ended; nothing while it is under way."""
        self.run.refresh_from_db()
        return self.run.outcome

    @property
    def below(self) -> list["Trial"]:
        """The sub-runs, in order."""
        found = Run.objects.filter(parent_step__process=self.run).order_by("pk")
        return [Trial(self.district, run) for run in found]

    def entries(self, kind: str) -> list[Entry]:
        """The entries of a kind about this run."""
        return list(Entry.objects.filter(run_id=self.run.pk, kind=kind).order_by("number"))

    def told(self, name: str) -> list[str]:
        """The kinds of notices a person got, in order."""
        found = Notice.objects.filter(user=self.district.users[name], about=self.run.public_id)
        return list(found.order_by("number").values_list("kind", flat=True))


def begin(
    district: cast.District, flow_class, title: str = "演示事项", by: str = "chen", **asked: str
) -> Trial:
    """Start a trial with everybody asked as `ASKED` says; `left="lin luo"` asks others at one node; `by=""` is the system."""
    for key, names in ASKED.items():
        node = key.removeprefix("trial.")
        if node in asked or not Policy.objects.filter(key=key).exists():
            ask(key, asked.get(node, names))
    policy_by_id.cache_clear()
    district.made += 1
    code = f"TRIAL-{district.made}"
    district.now += timedelta(minutes=1)
    run = engine.start_run(
        flow_class, title=title, label=str(flow_class.label), code=code,
        chain_id=open_chain("plan", f"{code}-{district.plan.pk}").pk, by=acting(district, by), now=district.now,
    )  # fmt: skip
    return Trial(district, run)


def acting(district: cast.District, name: str):
    """A person in their own post, or the system."""
    if not name:
        return SYSTEM
    actor = district.actor(name)
    return actor.in_post(district.posts[name].pk)
