"""The table of actions: what each operation is called, what it does, what it asks for, and when it is offered.

The menu of a sheet, the addresses, the forms and the permission matrix are all read from here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor

from . import operations, rules
from . import selectors_offers as offers
from .models import Assignment
from .selectors_run import Seen

Given = Mapping[str, Any]
Perform = Callable[..., Any]


def calls(operation: Perform, *names: str, **keywords: str) -> Perform:
    """Call an operation with what a form was given: parts by name, in order, then by keyword."""

    def perform(run_id: UUID, given: Given, *, by: Actor, now: datetime) -> Any:
        more = {keyword: given[name] for keyword, name in keywords.items()}
        return operation(run_id, *(given[name] for name in names), **more, by=by, now=now)

    return perform


def _return(run_id: UUID, given: Given, *, by: Actor, now: datetime) -> Any:
    """Back along the flow's own way, or to a step that is named."""
    share, reason = given["assignment"], given["reason"]
    if given["to"] is None:
        return operations.return_to_initiator(run_id, share, by=by, now=now, reason=reason)
    resume = given["resubmit"] == "resume"
    return operations.return_to(run_id, share, given["to"], resume=resume, by=by, now=now, reason=reason)


def _add(run_id: UUID, given: Given, *, by: Actor, now: datetime) -> Any:
    """Several who were added pass together unless something else is said."""
    mode, turn = given["mode"] or rules.ALL_OF, given["turn"]
    return operations.add_signers(
        run_id, given["assignment"], given["posts"], turn=turn, mode=mode, why=given["reason"], by=by, now=now
    )


@dataclass(frozen=True, slots=True)
class Action:
    """One operation as people meet it. `effect` stands beside it in the menu, `text` at the head of its form;
    `reason` names the field for words; `direct` means that a press does it, without a form in between.
    """

    name: str
    group: str
    icon: str
    label: str | Promise
    effect: str | Promise
    text: str | Promise
    judge: offers.Judge
    perform: Perform
    said: str | Promise
    asks: Sequence[str] = ()
    reason: str | Promise = ""
    button: str | Promise = ""
    goes_on: bool = False
    direct: bool = False
    danger: bool = False
    to_sign: bool = False

    @property
    def url_name(self) -> str:
        """The name of its address."""
        return f"work-{self.name}"

    @property
    def press(self) -> str | Promise:
        """What stands on the button of its form."""
        return self.button or self.label

    @property
    def long(self) -> bool:
        """Whether the words are an opinion that may be empty, not a reason."""
        return "opinion" in self.asks

    @property
    def says_no(self) -> bool:
        """Whether the reason is why something goes back."""
        return self.goes_on and "reason" in self.asks


SHARE = ("assignment",)
WHY = _("Why")

ACTIONS: tuple[Action, ...] = (
    Action(
        "approve", "decide", "ok", _("Agree"), _("sign"),
        _("Your signature is set. The matter goes on as soon as this step is passed."),
        offers.signing, calls(operations.approve, "assignment", opinion="opinion"), _("Approved"),
        (*SHARE, "opinion"), _("Opinion"), goes_on=True, direct=True,
    ),
    Action(
        "complete", "decide", "sent", _("Submit"), _("hand it in"),
        _("Your work on this step is done. The matter goes to the next step."),
        offers.completing, calls(operations.complete, "assignment", opinion="opinion"), _("Submitted"),
        (*SHARE, "opinion"), _("Remark"), goes_on=True, direct=True,
    ),
    Action(
        "advise", "decide", "ask", _("Answer"), _("give the opinion asked for"),
        _("Your opinion goes to who asked for it; they decide."),
        offers.advising, calls(operations.advise, "assignment", opinion="opinion"), _("Answered."),
        (*SHARE, "opinion"), _("Opinion"),
    ),
    Action(
        "return", "decide", "ret", _("Return"), _("back for correction"),
        _("What was signed in this round stays in the record. It begins anew when it is submitted again."),
        offers.returning, _return, _("Returned"),
        (*SHARE, "to", "resubmit", "reason"), _("Reason for the return"), goes_on=True, danger=True,
    ),
    Action(
        "reject", "decide", "no", _("Disagree"), _("a no that counts"),
        _("Your vote is no. Whether that ends the step, its rule says."),
        offers.signing, calls(operations.reject, "assignment", reason="reason"), _("Disagreed"),
        (*SHARE, "reason"), WHY, goes_on=True, danger=True,
    ),
    Action(
        "save-opinion", "decide", "edit", _("Draft an opinion"), _("kept, decides nothing"),
        _("Kept as written until it is sent. Only a touch of whoever was asked decides."),
        offers.preparing, calls(operations.save_opinion, "assignment", "opinion"), _("Kept."),
        (*SHARE, "opinion"), _("Opinion"), _("Keep it"),
    ),
    Action(
        "add-signers", "others", "plus", _("Add signers"), _("others sign with me"),
        _("Before me: I wait for them. With me: the step needs us all. After me: they sign when I have."),
        offers.adding, _add, _("Signers added."),
        (*SHARE, "turn", "posts", "mode", "reason"), WHY, to_sign=True,
    ),
    Action(
        "consult", "others", "ask", _("Ask for comments"), _("the task stays mine"),
        _("They are asked for comments. The task stays yours and does not wait for them."),
        offers.using("consult"), calls(operations.consult, "assignment", "posts", question="reason"),
        _("Comments asked for."), (*SHARE, "posts", "reason"), _("Question"),
    ),
    Action(
        "delegate", "others", "users", _("Delegate"), _("another looks first, then I decide"),
        _("They look into it first. Your task waits, comes back with their opinion, and you decide."),
        offers.using("delegate"), calls(operations.delegate, "assignment", "post", question="reason"),
        _("Delegated."), (*SHARE, "post", "reason"), _("What they should look into"),
    ),
    Action(
        "transfer", "others", "transfer", _("Pass on"), _("the responsibility moves"),
        _("The task and the responsibility move to that post. You are no longer asked."),
        offers.using("transfer"), calls(operations.transfer, "assignment", "post", why="reason"),
        _("Passed on."), (*SHARE, "post", "reason"), WHY, to_sign=True,
    ),
    Action(
        "append", "others", "plus", _("Add people ahead"), _("for a step to come"),
        _("They are asked as well when that step opens, in this matter only."),
        offers.appending, calls(operations.append_assignees, "node", "posts", why="reason"),
        _("Named for the step to come."), ("node", "posts", "reason"), WHY, to_sign=True,
    ),
    Action(
        "hand-out", "unit", "users", _("Hand out"), _("to a colleague of the unit"),
        _("The task goes to this colleague; the record names both."),
        offers.handing_out, calls(operations.hand_out, "assignment", to_user_id="to_user"), _("Handed out."),
        (*SHARE, "to_user"),
    ),
    Action(
        "claim", "unit", "inbox", _("Claim"), _("I take it for the unit"),
        _("The task is yours; your colleagues see that you have it."),
        offers.claiming, calls(operations.claim, "assignment"), _("Claimed. It is among your tasks."),
        SHARE, direct=True,
    ),
    Action(
        "put-back", "unit", "back", _("Put back"), _("into the unit's pool"),
        _("The task lies with the desk again, for anybody of the unit."),
        offers.putting_back, calls(operations.put_back, "assignment"), _("Put back into the unit's pool."),
        SHARE,
    ),
    Action(
        "remove-signer", "", "no", _("Take off"), _("no longer asked"),
        _("This post is no longer asked, nor whoever it added. The step is tallied anew."),
        offers.removing, calls(operations.remove_signer, "assignment", why="reason"), _("Taken off."),
        (*SHARE, "reason"), WHY, danger=True,
    ),
    Action(
        "take-back", "run", "ret", _("Take back"), _("undo my decision"),
        _("Your decision is undone and the task is yours again, while nobody has opened what follows."),
        offers.taking_back, calls(operations.take_back, "assignment"), _("Taken back. It is among your tasks."),
        SHARE,
    ),
    Action(
        "urge", "run", "urge", _("Urge"), _("a nudge, counted"),
        _("Whoever has it is nudged, and the head of their unit is told. Counted; once in a while only."),
        offers.urging, calls(operations.urge), _("Urged."),
    ),
    Action(
        "copy-to", "run", "cc", _("Copy to"), _("for information only"),
        _("They may read the matter. Nobody waits for them."),
        offers.copying, calls(operations.copy_to, "posts"), _("Sent for information."), ("posts",),
    ),
    Action(
        "acknowledge", "run", "eye", _("Mark as read"), _("the time is kept"),
        _("You confirm that you have read it. The time is kept."),
        offers.acknowledging, calls(operations.acknowledge), _("Marked as read."), direct=True,
    ),
    Action(
        "withdraw", "run", "ret", _("Withdraw"), _("stops this request"),
        _("The request stops here. Nothing is deleted; the record stays."),
        offers.withdrawing, calls(operations.withdraw, reason="reason"), _("Withdrawn. Nothing was deleted."),
        ("reason",), _("Reason for the withdrawal"), danger=True,
    ),
    Action(
        "suspend", "govern", "pause", _("Suspend"), _("stops the clock"),
        _("Nothing can be done here and no day counts until it goes on."),
        offers.governing("running"), calls(operations.suspend, reason="reason"), _("Suspended."),
        ("reason",), WHY, danger=True,
    ),
    Action(
        "resume", "govern", "right", _("Let it go on"), _("the clock runs again"),
        _("It goes on. Every due day moves by the working days it stood still; the first one stays shown."),
        offers.governing("suspended"), calls(operations.resume), _("It goes on."),
    ),
    Action(
        "terminate", "govern", "stop", _("Terminate"), _("ends it for good"),
        _("The matter ends for good. Nothing is deleted; everybody who has it is told."),
        offers.governing(), calls(operations.terminate, reason="reason"), _("Terminated."),
        ("reason",), WHY, danger=True,
    ),
    Action(
        "reopen", "govern", "refresh", _("Bring back"), _("in a new round"),
        _("The finished matter comes back at one of its steps, in a new round. The record stays."),
        offers.reopening, calls(operations.reopen, "step", reason="reason"), _("Brought back."),
        ("step", "reason"), WHY, danger=True,
    ),
)  # fmt: skip
BY_NAME = {action.name: action for action in ACTIONS}
GROUPS = (
    ("decide", _("Decide")),
    ("others", _("Involve others")),
    ("unit", _("Inside the unit")),
    ("run", _("This matter")),
    ("govern", _("Campaign office")),
)


@dataclass(frozen=True, slots=True)
class Offer:
    """An action for one person and one run: the share it is about, and whether it may be done now."""

    action: Action
    share: Assignment | None
    verdict: Verdict

    @property
    def name(self) -> str:
        """The name of the action."""
        return self.action.name

    @property
    def possible(self) -> bool:
        """Whether it may be done now."""
        return bool(self.verdict)


def offer(action: Action, seen: Seen, share: Assignment | None = None) -> Offer:
    """One action with its verdict, for a share that is named or the one it would be about."""
    return Offer(action, *action.judge(seen, share))


@dataclass(frozen=True, slots=True)
class Refused:
    """Actions that are not possible now for the same reason."""

    offers: list[Offer]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Menu:
    """What a sheet offers: one main button, at most one beside it, the rest in groups with reasons."""

    main: Offer | None
    beside: Offer | None
    groups: list[tuple[str | Promise, list[Offer]]]
    refused: list[Refused]
    why_not: Verdict | None

    def __bool__(self) -> bool:
        return bool(self.main or self.beside or self.groups or self.refused)


def menu(seen: Seen, *, votes: bool) -> Menu:
    """Everything that concerns this person, the likely things first; `votes` makes a plain no a likely one."""
    every = [offer(action, seen) for action in ACTIONS if action.group]
    offered = {each.name: each for each in every if offers.is_offered(each.verdict)}
    possible = [each for each in offered.values() if each.possible]
    main, beside = _likely(possible, seen, votes=votes)
    rest = [each for each in possible if each not in (main, beside)]
    groups = [(word, [each for each in rest if each.action.group == name]) for name, word in GROUPS]
    signs = next((offered[n] for n in ("approve", "complete", "advise") if n in offered), None)
    why_not = signs.verdict if signs and not signs.possible and seen.task else None
    return Menu(main, beside, [pair for pair in groups if pair[1]], list(_refused(offered.values())), why_not)


def _likely(possible: list[Offer], seen: Seen, *, votes: bool) -> tuple[Offer | None, Offer | None]:
    """The main button and the one beside it."""
    may = {each.name: each for each in possible}
    if "approve" in may:
        return may["approve"], may.get("reject" if votes else "return") or may.get("return")
    order = [
        "complete",
        "advise",
        *(() if seen.task else ("save-opinion",)),
        "claim",
        "resume",
        "acknowledge",
    ]
    if seen.task and getattr(seen.task.step.flow_task, "by_form", False):
        order.remove("claim")  # the form above is the likely thing, not a colleague's share beside it
    main = next((may[name] for name in order if name in may), None)
    return (main, None) if main else (None, may.get("urge") or may.get("withdraw"))


def _refused(offered: Sequence[Offer] | Any) -> Iterator[Refused]:
    """What is not possible now, together where the reason is the same."""
    same: dict[str, Refused] = {}
    for each in offered:
        if not each.possible:
            key = f"{each.verdict.code} {sorted(each.verdict.facts.items())}"
            same.setdefault(key, Refused([], each.verdict)).offers.append(each)
    yield from same.values()
