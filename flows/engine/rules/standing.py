"""Who may do what: each operation answers beforehand with yes, or with the reason why not."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hetang_flow.lib.verdicts import YES, Verdict
from permissions.actors import Actor

from .shares import ADVISE, MOOT, OPEN, SIGN, UNDECIDED

SHORTEST_REASON = 6
LONGEST_TEXT = 500
CAMPAIGN_OFFICE, HEADQUARTERS_OFFICE = "campaign-office", "hq-office"
LATE_CODES = frozenset(
    {"already-decided", "task-closed", "run-suspended", "changed-meanwhile", "busy", "not-your-turn"}
)


@dataclass(frozen=True, slots=True)
class Matter:
    """The state of a run."""

    over: bool = False
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether a person may act on a share, read under the Run's lock."""

    status: str
    matter: Matter = Matter()
    role: str = SIGN
    holds_post: bool = False
    stands_in: bool = False
    handed_to_me: bool = False
    handed_out: bool = False
    in_unit: bool = False
    from_desk: bool = False
    own_submission: bool = False
    signed_elsewhere: bool = False
    recused: bool = False
    judges: bool = True
    forbids: frozenset[str] = frozenset()
    post_name: str = ""
    decided_who: str = ""
    decided_when: datetime | None = None

    @property
    def mine(self) -> bool:
        """Whether this share is this person's to act on: by post, as a substitute, or handed out."""
        return self.holds_post or self.stands_in or (self.handed_to_me and self.in_unit)


def may_handle(at: Standing) -> Verdict:
    """Whether this share is open and this person's; a lost race names who and when."""
    if not at.mine:
        return Verdict("not-your-task", {"post": at.post_name})
    if at.status != OPEN or at.matter.over:
        return _closed(at)
    return Verdict("run-suspended", {}) if at.matter.suspended else YES


def _closed(at: Standing) -> Verdict:
    if at.status in UNDECIDED - {OPEN, MOOT} and not at.matter.over:
        return Verdict("not-your-turn", {})
    if at.decided_when is None:
        return Verdict("task-closed", {})
    return Verdict("already-decided", {"who": at.decided_who, "when": at.decided_when})


def may_act(at: Standing) -> Verdict:
    """Whether this person may sign this share (segregation of duties).

    Nobody judges their own submission, nor signs at two duties of one matter, nor acts where they must stand
    aside; not by substitution, delegation or as an added signer either.
    """
    verdict = may_handle(at)
    return _is_free(at) if verdict else verdict


def _is_free(at: Standing) -> Verdict:
    if at.recused:
        return Verdict("recused", {})
    if at.judges and at.own_submission:
        return Verdict("own-submission", {})
    return Verdict("signed-already", {}) if at.judges and at.signed_elsewhere else YES


def may_use(at: Standing, operation: str) -> Verdict:
    """Whether the policy lets whoever may sign this share use this operation (transfer, delegate, add, consult).

    Whoever must not sign does not choose who signs instead either: the policy does.
    """
    if at.role == ADVISE:
        return Verdict("advice-only", {})
    if operation in at.forbids:
        return Verdict("not-by-this-policy", {})
    return may_act(at)


def may_advise(at: Standing) -> Verdict:
    """Whether this is a question put to this person."""
    return may_handle(at) if at.role == ADVISE else Verdict("nothing-asked", {})


@dataclass(frozen=True, slots=True)
class Target:
    """A post that somebody wants to ask: who answers for it, and whether they may."""

    name: str
    people: frozenset[int] = frozenset()
    barred: frozenset[int] = frozenset()
    recused_unit: bool = False
    asked_already: bool = False
    is_me: bool = False


def may_ask(target: Target, *, to_sign: bool) -> Verdict:
    """Whether a post may be asked: held by somebody, not asked in this step, and free to sign what it is to sign."""
    if target.is_me:
        return Verdict("ask-yourself", {})
    if target.asked_already:
        return Verdict("asked-already", {"post": target.name})
    if not target.people:
        return Verdict("post-empty", {"post": target.name})
    if to_sign and (target.recused_unit or not target.people - target.barred):
        return Verdict("post-barred", {"post": target.name})
    return YES


# --- inside a unit ---


def may_hand_out(
    *, from_desk: bool, holds_desk: bool, to_submitter: bool, to_signer: bool, to_recused: bool = False
) -> Verdict:
    """Only a unit's desk hands its tasks out, and never to who must not deal with them."""
    if not (from_desk and holds_desk):
        return Verdict("only-the-desk-hands-out", {})
    if to_recused:
        return Verdict("colleague-recused", {})
    if to_submitter:
        return Verdict("colleague-submitted", {})
    if to_signer:
        return Verdict("colleague-signed", {})
    return YES


def may_claim(at: Standing) -> Verdict:
    """认领: a colleague of the unit takes a task that lies with its desk and nobody has taken."""
    if not (at.from_desk and at.in_unit):
        return Verdict("not-in-your-pool", {})
    if at.handed_out:
        return Verdict("claimed-already", {})
    if at.status != OPEN or at.matter.over:
        return _closed(at)
    return Verdict("run-suspended", {}) if at.matter.suspended else _is_free(at)


def may_put_back(at: Standing) -> Verdict:
    """退回公共池: whoever holds it, or the desk, lays a task back for the unit."""
    if not (at.from_desk and at.handed_out):
        return Verdict("not-taken", {})
    if not (at.handed_to_me or at.holds_post or at.stands_in):
        return Verdict("not-your-task", {"post": at.post_name})
    return may_handle(at)


# --- around the signers ---


def may_remove(
    *, status: str, matter: Matter, added_by_me: bool, governs: bool, decided_inside: bool, is_last: bool
) -> Verdict:
    """减签: a signer who has not acted, by who added them or the campaign office; never the last one."""
    if not (added_by_me or governs):
        return Verdict("not-added-by-you", {})
    if matter.over:
        return Verdict("task-closed", {})
    if matter.suspended:
        return Verdict("run-suspended", {})
    if status not in UNDECIDED or decided_inside:
        return Verdict("signer-has-acted", {})
    return Verdict("last-signer", {}) if is_last else YES


def may_take_back(
    *,
    decided_by_me: bool,
    automatic: bool,
    matter: Matter,
    seen: bool,
    irreversible: bool,
    stands_without: bool,
    others_closed: bool = False,
    superseded: bool = False,
) -> Verdict:
    """拿回: who acted last undoes it while the next has not opened it and nothing was set in motion."""
    if not decided_by_me or automatic:
        return Verdict("not-your-decision", {})
    if matter.over:
        return Verdict("task-closed", {})
    if matter.suspended:
        return Verdict("run-suspended", {})
    if superseded:
        return Verdict("moved-on", {})
    if irreversible:
        return Verdict("effect-happened", {})
    if seen:
        return Verdict("opened-already", {})
    if others_closed:
        return Verdict("others-were-closed", {})
    return Verdict("stands-without-you", {}) if stands_without else YES


def may_withdraw(
    *,
    is_initiator: bool,
    run_over: bool,
    others_signed: bool,
    said_no: bool = False,
    suspended: bool = False,
) -> Verdict:
    """The initiator may stop a run while nobody else has signed in this round; a "no" is never withdrawn over."""
    if not is_initiator:
        return Verdict("not-initiator", {})
    if run_over:
        return Verdict("task-closed", {})
    if suspended:
        return Verdict("run-suspended", {})
    if said_no:
        return Verdict("somebody-refused", {})
    return Verdict("somebody-signed", {}) if others_signed else YES


def may_append(
    *, is_initiator: bool, governs: bool, matter: Matter, ahead: bool, outweighs: bool = False
) -> Verdict:
    """追加: the initiator or the campaign office names further people for a step that has not come yet.

    Where one signature is enough, or votes are counted, those named could outweigh the others; an initiator does not
    choose the judges, so there the campaign office alone may.
    """
    if not (is_initiator or governs):
        return Verdict("not-initiator", {})
    if outweighs and not governs:
        return Verdict("not-by-this-policy", {})
    if matter.over:
        return Verdict("task-closed", {})
    if matter.suspended:
        return Verdict("run-suspended", {})
    return YES if ahead else Verdict("step-has-come", {})


def may_govern(*, governs: bool, matter: Matter, needs: str = "") -> Verdict:
    """Suspend, resume, terminate: the campaign office alone; `needs` is running or suspended."""
    if not governs:
        return Verdict("not-campaign-office", {})
    if matter.over:
        return Verdict("task-closed", {})
    if needs == "running" and matter.suspended:
        return Verdict("suspended-already", {})
    return Verdict("not-suspended", {}) if needs == "suspended" and not matter.suspended else YES


def may_reopen(*, governs: bool, over: bool, allowed: Verdict = YES) -> Verdict:
    """唤醒: the campaign office brings a finished matter back, if its flow can still be undone."""
    if not governs:
        return Verdict("not-campaign-office", {})
    return allowed if over else Verdict("not-finished", {})


def may_urge(
    *,
    involved: bool,
    matter: Matter,
    waits: bool,
    last: datetime | None,
    every: timedelta,
    now: datetime,
    with_me: bool = False,
) -> Verdict:
    """催办: once in a while, by the initiator, who signed before, or the campaign office; never whoever has it."""
    if not involved:
        return Verdict("not-involved", {})
    if matter.over or not waits:
        return Verdict("task-closed", {})
    if matter.suspended:
        return Verdict("run-suspended", {})
    if with_me:
        return Verdict("lies-with-you", {})
    if last is not None and now < last + every:
        return Verdict("urged-just-now", {"when": last, "again": last + every})
    return YES


def may_copy(*, sees: bool) -> Verdict:
    """抄送: who has a part in a running or finished matter sends it for information."""
    return YES if sees else Verdict("not-involved", {})


def may_read(name: str, *, empty: bool) -> Verdict:
    """Whether a post may be sent something for information: somebody has to hold it."""
    return Verdict("post-empty", {"post": name}) if empty else YES


def may_acknowledge(*, copied: bool, acknowledged: datetime | None) -> Verdict:
    """已阅: a reader confirms once."""
    if not copied:
        return Verdict("not-copied", {})
    return Verdict("acknowledged-already", {"when": acknowledged}) if acknowledged else YES


def may_prepare(*, prepares: bool, status: str, matter: Matter) -> Verdict:
    """A secretary lays an opinion before the leader whose touch alone decides."""
    if not prepares:
        return Verdict("not-secretary", {})
    return YES if status in (OPEN, "waiting") and not matter.over else Verdict("task-closed", {})


# --- words ---


def reason_is_enough(reason: str) -> Verdict:
    """A return or a withdrawal says why, in at least six characters and at most five hundred."""
    length = len(reason.strip())
    if length < SHORTEST_REASON:
        return Verdict("reason-too-short", {"least": SHORTEST_REASON, "length": length})
    return text_is_short_enough(reason)


def text_is_short_enough(text: str) -> Verdict:
    """An opinion fits on the sheet, and the record can keep it: no NUL, no half of a character."""
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        return Verdict("text-not-storable", {})
    if len(text) > LONGEST_TEXT:
        return Verdict("text-too-long", {"most": LONGEST_TEXT, "length": len(text)})
    return YES


def governs(by: Actor) -> bool:
    """Whether this person is an officer or the desk of the campaign office."""
    return by.has_business and by.holds(CAMPAIGN_OFFICE, "officer", "desk")


def in_campaign_office(by: Actor) -> Actor:
    """The same person acting in their post of the campaign office; unchanged without one."""
    fitting = [post for post in by.posts if post.organisation_code == CAMPAIGN_OFFICE]
    return by.in_post(fitting[0].id) if fitting and by.acting not in fitting else by
