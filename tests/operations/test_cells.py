"""Every operation in every state by everybody: what docs/approvals.md allows succeeds, all else is refused and writes nothing."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from flows.engine import operations as engine
from flows.engine.models import Assignment
from flows.engine.selectors_policy import policy_by_id
from hetang_flow.lib.errors import Refusal
from hetang_flow.refusal_texts import TEXTS
from permissions.models import Appointment, User
from tests.support import scene
from tests.support.trial.flow import Straight
from tests.support.trial.stage import REASON, Trial, ask, begin

WRITES = ("INSERT", "UPDATE", "DELETE")
ROLES = {
    "signer": "lin",  # the desk that is asked
    "next": "liu",  # asked after it
    "initiator": "chen",
    "member": "luo",  # an officer of the unit asked
    "head": "he",  # the head of that unit
    "consulted": "qian",  # asked for an opinion by the signer
    "substitute": "wang",  # stands in for the signer
    "office": "gao",  # the campaign office
    "headquarters": "ma",  # has a copy
    "earlier": "ke",  # signed at the duty before
    "leaver": "ex",  # held the signer's post until yesterday
    "jobless": "wu",
    "administrator": "xi",
}


@dataclass
class Place:
    """A matter in one state: the share and the opinion that operations are about."""

    trial: Trial
    share: Assignment
    advice: Assignment

    def post(self, name: str) -> int:
        return self.trial.district.posts[name].pk

    @property
    def check(self) -> int:
        """The step that was walked before this one."""
        return self.trial.steps("check")[0].pk

    @property
    def last(self) -> int:
        """A step to come back to: where it was withdrawn, else the one that was walked before."""
        return self.trial.steps("draft")[-1].pk if self.trial.outcome == "withdrawn" else self.check


# --- the states ---


def asked(crowd) -> Trial:
    """The confirming step asks Lin, then Liu; Ke has checked, Qian is asked for an opinion, Ma has a copy."""
    trial = begin(crowd, Straight, check="ke").yes("chen", "ke")
    trial.act("lin", engine.consult, [crowd.posts["qian"].pk], question=REASON)
    trial.passes()
    run = trial.run.public_id
    engine.copy_to(run, [crowd.posts["ma"].pk], by=crowd.actor("lin"), now=crowd.now)
    return trial


def over(trial: Trial, outcome: str) -> Trial:
    """The run has ended."""
    if outcome == "completed":
        return trial.yes("lin", "liu", "gao")
    if outcome == "terminated":
        return trial.governs(engine.terminate, reason=REASON)
    trial.back("lin").passes()
    engine.withdraw(
        trial.run.public_id, by=trial.district.actor("chen"), now=trial.district.now, reason=REASON
    )
    return trial


def handed(trial: Trial) -> Trial:
    trial.act("lin", engine.hand_out, to_user_id=trial.district.users["luo"].pk)
    return trial


def emptied(trial: Trial) -> Trial:
    """The post of the signer has nobody left."""
    district = trial.passes().district
    for held in Appointment.objects.filter(post=district.posts["lin"], user=district.users["lin"]):
        engine.end_appointment(held.pk, on=district.now.date(), by=district.actor("gao"), now=district.now)
    return trial


STATES: Mapping[str, Callable[[Trial], Trial]] = {
    "open": lambda trial: trial,
    "waiting": lambda trial: trial,  # the share of whoever comes after
    "handed": handed,
    "decided": lambda trial: trial.yes("lin"),
    "closed": lambda trial: trial.yes("lin", "liu"),
    "returned": lambda trial: trial.back("lin"),
    "suspended": lambda trial: trial.governs(engine.suspend, reason=REASON),
    "completed": lambda trial: over(trial, "completed"),
    "withdrawn": lambda trial: over(trial, "withdrawn"),
    "terminated": lambda trial: over(trial, "terminated"),
}

# --- the operations, each as it would be called ---

OPERATIONS: Mapping[str, Callable[[Place], tuple]] = {
    "approve": lambda at: (engine.approve, at.share.pk, {}),
    "reject": lambda at: (engine.reject, at.share.pk, {"reason": REASON}),
    "return_to_initiator": lambda at: (engine.return_to_initiator, at.share.pk, {"reason": REASON}),
    "return_to": lambda at: (engine.return_to, at.share.pk, at.check, {"resume": False, "reason": REASON}),
    "complete": lambda at: (engine.complete, at.share.pk, {}),
    "add_signers": lambda at: (
        engine.add_signers, at.share.pk, [at.post("zhao")], {"turn": "alongside", "why": REASON},
    ),
    "remove_signer": lambda at: (engine.remove_signer, at.share.pk, {"why": REASON}),
    "transfer": lambda at: (engine.transfer, at.share.pk, at.post("zhao"), {"why": REASON}),
    "delegate": lambda at: (engine.delegate, at.share.pk, at.post("zhao"), {"question": REASON}),
    "consult": lambda at: (engine.consult, at.share.pk, [at.post("zhao")], {"question": REASON}),
    "advise": lambda at: (engine.advise, at.advice.pk, {"opinion": REASON}),
    "hand_out": lambda at: (
        engine.hand_out, at.share.pk, {"to_user_id": at.trial.district.users["luo"].pk},
    ),
    "claim": lambda at: (engine.claim, at.share.pk, {}),
    "put_back": lambda at: (engine.put_back, at.share.pk, {}),
    "append_assignees": lambda at: (engine.append_assignees, "file", [at.post("zhao")], {"why": REASON}),
    "take_back": lambda at: (engine.take_back, at.share.pk, {}),
    "save_opinion": lambda at: (engine.save_opinion, at.share.pk, REASON, {}),
    "withdraw": lambda at: (engine.withdraw, {"reason": REASON}),
    "reopen": lambda at: (engine.reopen, at.last, {"reason": REASON}),
    "urge": lambda at: (engine.urge, {}),
    "copy_to": lambda at: (engine.copy_to, [at.post("zhao")], {}),
    "acknowledge": lambda at: (engine.acknowledge, {}),
    "suspend": lambda at: (engine.suspend, {"reason": REASON}),
    "resume": lambda at: (engine.resume, {}),
    "terminate": lambda at: (engine.terminate, {"reason": REASON}),
}  # fmt: skip

# --- who may: every operation by state; a state that is not named allows nobody ---

MINE = {"open": "signer substitute", "handed": "signer substitute member"}
RUNNING = ("open", "waiting", "handed", "decided", "closed", "returned")
# Whoever sees the matter: a part in it, a copy of it, or a place in the unit at whose desk it lies.
PART = "signer next initiator consulted substitute headquarters earlier"
AT_THE_DESK = dict.fromkeys(("open", "waiting", "suspended"), f"{PART} member head")
ALLOWED: Mapping[str, Mapping[str, str]] = {
    "approve": MINE,
    "reject": MINE,
    "return_to_initiator": MINE,
    "return_to": MINE,
    "complete": {},
    "add_signers": MINE,
    "remove_signer": dict.fromkeys(("open", "waiting", "handed"), "office"),
    "transfer": MINE,
    "delegate": MINE,
    "consult": MINE,
    "advise": dict.fromkeys(("open", "waiting", "handed"), "consulted"),
    "hand_out": dict.fromkeys(("open", "handed"), "signer substitute"),
    "claim": {"open": "signer member head"},
    "put_back": {"handed": "signer substitute member"},
    "append_assignees": dict.fromkeys(
        ("open", "waiting", "handed", "decided", "returned"), "initiator office"
    ),
    "take_back": {"decided": "signer", "closed": "signer", "returned": "signer"},
    # An opinion decides nothing: it is kept before one's turn, and while the matter stands still.
    "save_opinion": {**MINE, "waiting": "next", "suspended": "signer substitute"},
    "withdraw": {"returned": "initiator"},
    "reopen": dict.fromkeys(("withdrawn", "terminated"), "office"),
    "urge": {
        **dict.fromkeys(("open", "waiting", "handed"), "initiator earlier office"),
        "decided": "initiator earlier office signer",
        "closed": "initiator earlier signer next",  # it lies with the office itself
        "returned": "earlier office signer",  # it lies with the initiator
    },
    "copy_to": {
        **dict.fromkeys(STATES, PART),
        **AT_THE_DESK,
        "handed": f"{PART} member",
        **dict.fromkeys(("closed", "completed"), f"{PART} office"),
    },
    "acknowledge": dict.fromkeys(STATES, "headquarters"),
    "suspend": dict.fromkeys(RUNNING, "office"),
    "resume": {"suspended": "office"},
    "terminate": dict.fromkeys((*RUNNING, "suspended"), "office"),
}


@pytest.fixture
def people(db):
    """The crowd, with somebody who has left the signer's post and a substitute for it."""
    policy_by_id.cache_clear()
    crowd = scene.crowd()
    crowd.users["ex"] = User.objects.create(username="ex", name="Ex", is_demo=True)
    day = crowd.now.date()
    Appointment.objects.create(
        post=crowd.posts["lin"], user=crowd.users["ex"], from_day=day - timedelta(days=90), until_day=day
    )
    ask("trial.confirm", "lin liu", mode="sequential")
    policy_by_id.cache_clear()
    engine.substitute(
        crowd.posts["lin"].pk, crowd.posts["wang"].pk, from_day=day, until_day=day + timedelta(days=9),
        reason="出差", by=crowd.actor("lin"), now=crowd.now,
    )  # fmt: skip
    return crowd


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is done inside is as if it had never been."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def place(crowd, state: str) -> Place:
    trial = STATES[state](asked(crowd))
    post = crowd.posts["liu" if state == "waiting" else "lin"]
    shares = Assignment.objects.filter(run=trial.run, step=trial.steps("confirm")[0])
    return Place(trial.passes(), shares.get(post=post), shares.get(post=crowd.posts["qian"]))


def attempt(at: Place, operation: str, by) -> tuple[str, list[str]]:
    """How an operation answers this person, and what it wrote: nothing for yes, else the code of the refusal."""
    call, *args, words = OPERATIONS[operation](at)
    with undone(), CaptureQueriesContext(connection) as asked_for:
        try:
            call(at.trial.run.public_id, *args, by=by, now=at.trial.district.now, **words)
            code = ""
        except Refusal as refusal:
            code = refusal.code
    wrote = [query["sql"][:90] for query in asked_for if query["sql"].lstrip().upper().startswith(WRITES)]
    return code, wrote


def wrong_cells(crowd, state: str, allowed: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Every cell of a state that does not answer as it should."""
    at, wrong = place(crowd, state), []
    actors = {role: crowd.actor(name) for role, name in ROLES.items()}
    for operation in OPERATIONS:
        may = allowed[operation].get(state, "").split()
        for role, by in actors.items():
            code, wrote = attempt(at, operation, by)
            cell = f"{operation} / {state} / {role}"
            if not code and role not in may:
                wrong.append(f"{cell}: allowed")
            elif code and role in may:
                wrong.append(f"{cell}: refused as {code}")
            elif code and wrote:
                wrong.append(f"{cell}: refused, but wrote {wrote}")
            elif code and code not in TEXTS:
                wrong.append(f"{cell}: {code} has no words")
    return wrong


@pytest.mark.parametrize("state", STATES)
def test_every_cell_answers_as_the_table_says(people, state):
    assert set(ALLOWED) == set(OPERATIONS)
    wrong = wrong_cells(people, state, ALLOWED)
    assert not wrong, "\n".join(wrong)


def test_control_a_cell_that_is_declared_wrongly_is_found(people):
    flipped = {**ALLOWED, "approve": {"open": "substitute next"}}
    assert wrong_cells(people, "open", flipped) == [
        "approve / open / signer: allowed",
        "approve / open / next: refused as not-your-task",
    ]
