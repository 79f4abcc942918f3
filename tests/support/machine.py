"""The real side of the model: a district in PostgreSQL, one run in it, and what both sides look like after a command."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

from django.db import transaction

from flows.deadlines.models import CalendarDay
from flows.engine import operations as engine
from flows.engine.models import Assignment, Copy, Opinion, Run, Step
from flows.journal.models import Entry
from flows.journal.operations import open_chain
from hetang_flow.lib.errors import Refusal
from notifications.models import Notice
from permissions.models import Appointment, Post, Substitution
from tests.support import cast, model, scene
from tests.support.model import governing, maps, persons, sound
from tests.support.trial import flow as flows
from tests.support.trial import stage

EMPTY = "kong"
STATUS = {"NEW": "open", "DONE": "done", "CANCELED": "void"}
RUN_STATUS = {"NEW": "open", "DONE": "done", "CANCELED": "ended"}


def district() -> cast.District:
    """The crowd, and one post that nobody holds."""
    found = scene.crowd("model")
    found.posts[EMPTY] = Post.objects.create(
        code=f"{EMPTY}-model", organisation=found.units["leading"], name="leading officer kong", duty="officer", order=40
    )  # fmt: skip
    return found


class Both:
    """One run on both sides, from its start to the end of an example."""

    def __init__(self, district: cast.District, actors: dict[tuple, Any]) -> None:
        self.savepoint: AbstractContextManager = transaction.atomic()
        self.savepoint.__enter__()
        self.district, self.actors, self.now = district, actors, cast.NOW

    def begin(self, flow: str, policies: dict[str, dict[str, Any]], title: str) -> "Both":
        """Start the run on both sides."""
        self.users = {user.pk: name for name, user in self.district.users.items()}
        self.posts = {post.pk: name for name, post in self.district.posts.items()}
        self.m = self._model(flow, policies, title)
        self.entries = Entry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        self.notices = Notice.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        self.recorded: list[tuple] = []
        self.heard: list[tuple] = []
        self.people = self._people()
        self.run = self._start(flow, policies, title)
        governing.start(self.m, by="chen", post="chen")
        self.agree()
        return self

    def close(self) -> None:
        """Leave nothing of this example behind."""
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    # --- the start ---

    def _model(self, flow: str, policies: dict, title: str) -> model.Matter:
        posts = {
            name: {
                "title": post.name, "unit": post.organisation.code.removesuffix("-model"), "duty": post.duty,
                "serves": self.posts.get(post.serves_id),
            }
            for name, post in sorted(self.district.posts.items(), key=lambda pair: (pair[1].order, pair[1].pk))
        }  # fmt: skip
        appointments = [
            {
                "post": self.posts[row.post_id],
                "person": self.users[row.user_id],
                "from": row.from_day,
                "until": None,
            }
            for row in Appointment.objects.filter(post__in=self.posts).order_by("pk")
        ]
        people = [self.users[key] for key in sorted(self.users)]
        marked = CalendarDay.objects.filter(date__year__in=(2023, 2024), last_version=None)
        return {
            "now": self.now, "people": people, "posts": posts, "appointments": appointments, "covers": [],
            "marks": dict(marked.values_list("date", "is_workday")), "flow": maps.MAPS[flow], "title": title,
            "policies": policies, "run": {}, "steps": [], "shares": [], "copies": {}, "drafts": {}, "record": [],
            "told": {}, "by": None, "for": None, "administrators": set(scene.ADMINISTRATORS),
        }  # fmt: skip

    def _start(self, flow: str, policies: dict, title: str) -> Run:
        for node, policy in policies.items():
            stage.ask(f"trial.{node}", " ".join(policy["asks"]), **self._columns(policy))
        return engine.start_run(
            getattr(flows, flow), title=title, label=flow, code="MODEL", chain_id=open_chain("plan", "model").pk,
            by=stage.acting(self.district, "chen"), now=self.now,
        )  # fmt: skip

    def _columns(self, policy: dict) -> dict[str, Any]:
        same = (
            "mode",
            "on_no",
            "threshold",
            "on_self",
            "on_repeat",
            "on_empty",
            "on_timeout",
            "forbids",
            "urge_hours",
        )
        posts = {
            key: self.district.posts[policy[key]] if policy[key] else None
            for key in ("alternate", "stand_in")
        }
        weights = {self.district.posts[name].code: weight for name, weight in policy["weights"].items()}
        values = {key: policy[key] for key in same} | {"limit_days": policy["limit"], "weights": weights}
        return values | posts | {"name": policy["name"], "duty": policy["duty"]}

    # --- one command ---

    def both(
        self, real: Callable[[], Any], command: Callable, *args: Any, people: bool = False, **words: Any
    ) -> str:
        """Do it on both sides; they agree on whether, on why not, and on everything that is then to be seen."""
        said = ""
        try:
            with transaction.atomic():
                if real() in (False, 0):
                    said = "nothing-to-do"
        except Refusal as refusal:
            said = refusal.code
        expected = model.attempt(self.m, command, *args, **words)
        assert bool(said) == bool(expected), f"engine: {said or 'accepted'}, model: {expected or 'accepted'}"
        assert said in (expected, "nothing-to-do"), f"engine: {said}, model: {expected}"
        if people:
            self.people = self._people()
        self.agree()
        return said

    def passes(self, **time: int) -> None:
        """The clock of both sides."""
        self.now += timedelta(**time)
        self.district.now = self.m["now"] = self.now

    # --- what is to be seen ---

    def agree(self) -> None:
        """Both sides look alike; after a refusal the model is what it was, and so is every row."""
        differences = list(_differences(self.picture(), self.expected()))
        assert not differences, "\n".join(["", *differences])
        assert not sound.broken(self.m), sound.broken(self.m)

    def picture(self) -> dict[str, Any]:
        """What the database holds of this run."""
        steps = list(Step.objects.filter(process=self.run).exclude(flow_task_type="START").order_by("pk"))
        shares = list(Assignment.objects.filter(run=self.run).order_by("pk"))
        self.step_keys, self.share_keys = [s.pk for s in steps], [s.pk for s in shares]
        places = {step.pk: number for number, step in enumerate(steps)}
        numbers = {share.pk: number for number, share in enumerate(shares)} | {None: None}
        self._read_on()
        return {
            "run": self._run(),
            "steps": [self._step(step, places) for step in steps],
            "shares": [self._share(share, places, numbers) for share in shares],
            "people": self.people,
            "copies": {
                self.users[u]: at
                for u, at in Copy.objects.filter(run=self.run).values_list("user_id", "acknowledged")
            },
            "record": list(self.recorded),
            "told": sorted(self.heard),
        }

    def _people(self) -> list[tuple]:
        held = Appointment.objects.filter(post__in=self.posts).order_by("pk")
        stood = Substitution.objects.filter(post__in=self.posts).order_by("pk")
        held, stood = list(held), list(stood)
        self.appointment_keys, self.cover_keys = [row.pk for row in held], [row.pk for row in stood]
        return [(self.posts[a.post_id], self.users[a.user_id], a.from_day, a.until_day) for a in held] + [
            (self.posts[c.post_id], self.posts[c.substitute_id], c.from_day, c.until_day, c.ended)
            for c in stood
        ]

    def _read_on(self) -> None:
        new = Entry.objects.filter(pk__gt=self.entries).order_by("pk")
        for key, kind, by, whom, run in new.values_list(
            "pk", "kind", "actor_id", "on_behalf_of_id", "run_id"
        ):
            self.entries = key
            self.recorded.append((kind, self.users.get(by), self.users.get(whom), run is not None))
        for key, kind, user in (
            Notice.objects.filter(pk__gt=self.notices).order_by("pk").values_list("pk", "kind", "user_id")
        ):
            self.notices = key
            self.heard.append((self.users[user], kind))

    def _run(self) -> dict[str, Any]:
        run = Run.objects.get(pk=self.run.pk)
        appended = {node: [self.posts[post] for post in posts] for node, posts in run.appended.items()}
        return {
            "status": RUN_STATUS[run.status], "outcome": run.outcome, "round": run.round,
            "suspended": run.suspended_at, "appended": appended,
        }  # fmt: skip

    def _step(self, step: Step, places: dict[int, int]) -> dict[str, Any]:
        def token(text: str) -> tuple:
            return tuple((places[int(a)], int(b)) for a, b in re.findall(r"/(\d+)_(\d+)", text))

        def back(kept: list) -> list:
            return [{"node": p["node"], "token": token(p["token"]), "back": back(p["resume"])} for p in kept]

        return {
            "node": step.flow_task.name, "token": token(step.token.token), "status": STATUS[step.status],
            "outcome": step.outcome, "round": step.round, "before": places.get(step.previous_step_id),
            "due": step.due_on, "first_due": step.first_due_on, "waits_for": step.waits_for,
            "back": back(step.resume), "timed_out": step.timed_out, "urged": step.urged, "urged_at": step.urged_at,
            "binding": step.binding, "opened": step.created, "closed": step.finished,
        }  # fmt: skip

    def _share(self, share: Assignment, places: dict, numbers: dict) -> dict[str, Any]:
        return {
            "step": places[share.step_id], "post": self.posts[share.post_id], "handed": self.users.get(share.handed_to_id),
            "order": share.order, "role": share.role, "root": numbers[share.root_id], "turn": share.turn,
            "group": share.group, "group_mode": share.group_mode, "weight": share.weight, "blocks": share.blocks,
            "asked_by": self.users.get(share.asked_by_id), "status": share.status, "auto": share.auto,
            "opened": share.opened, "seen": share.seen_at, "decided": share.decided,
            "decided_by": self.users.get(share.decided_by_id), "decided_for": self.users.get(share.decided_for_id),
        }  # fmt: skip

    def expected(self) -> dict[str, Any]:
        """What the model says is to be seen."""
        m = self.m
        return {
            "run": {key: m["run"][key] for key in ("status", "outcome", "round", "suspended", "appended")},
            "steps": [{k: v for k, v in step.items() if k not in ("id", "policy")} for step in m["steps"]],
            "shares": [{k: v for k, v in share.items() if k != "id"} for share in m["shares"]],
            "people": [(a["post"], a["person"], a["from"], a["until"]) for a in m["appointments"]]
            + [(c["post"], c["substitute"], c["from"], c["until"], c["ended"]) for c in m["covers"]],
            "copies": m["copies"],
            "record": m["record"],
            "told": sorted((person, kind) for (_key, person), kind in m["told"].items()),
        }

    # --- names to keys ---

    def actor(self, name: str) -> Any:
        """The person as the engine knows them; read once for each day and each state of their posts and substitutions."""
        own = [row for row in self.people if len(row) == 5 or row[1] == name]
        key = (name, persons.today(self.m), *own)
        if key not in self.actors:
            self.actors[key] = self.district.actor(name, at=self.now)
        return self.actors[key]

    def post(self, name: str) -> int:
        """The key of a post."""
        return self.district.posts[name].pk

    def opinions(self) -> dict[tuple[int, str], tuple[str, bool]]:
        """The opinions being written."""
        numbers = {key: number for number, key in enumerate(self.share_keys)}
        rows = Opinion.objects.filter(assignment__run=self.run)
        return {(numbers[o.assignment_id], self.users[o.author_id]): (o.text, o.prepared) for o in rows}


def _differences(real: Any, wanted: Any, where: str = "") -> Any:
    """Where two pictures differ, one line each."""
    if real == wanted:
        return
    if isinstance(real, dict) and isinstance(wanted, dict):
        for key in sorted(real.keys() | wanted.keys(), key=str):
            yield from _differences(real.get(key, "–"), wanted.get(key, "–"), f"{where}.{key}")
    elif (
        isinstance(real, list) and isinstance(wanted, list) and len(real) == len(wanted) and where != ".told"
    ):
        for number, (one, other) in enumerate(zip(real, wanted, strict=True)):
            yield from _differences(one, other, f"{where}[{number}]")
    elif isinstance(real, list) and isinstance(wanted, list):
        left, right = list(real), list(wanted)
        for each in wanted:
            if each in left:
                left.remove(each)
                right.remove(each)
        yield f"{where}: engine alone {left}, model alone {right}"
    else:
        yield f"{where}: engine {real!r}, model {wanted!r}"
