"""The trial flows. Titles are Chinese, as people read them; a run's title says which conditions hold."""

from viewflow import this
from viewflow.workflow import flow

from flows.engine.flows import Flow
from flows.engine.gateways import Choice, Join, Split
from flows.engine.nodes import Effect, End, SignOff, Stop, Work
from flows.engine.waits import Delay, SubRun, Trigger

from . import outside


def says(word):
    """The condition that holds for a run whose title has this word."""
    return lambda run: word in run.title


def noted(kind):
    """An effect that leaves nothing but an entry."""
    return lambda move: move.record(kind, None)


class Straight(Flow):
    """One line with a choice; the seal cannot be undone, the note can."""

    process_title = label = "直线流程"
    code = "trial-straight"

    start = flow.StartHandle(this.begin).Next(this.draft)
    draft = Work("trial.draft", title="起草").Next(this.check)
    check = SignOff("trial.check", title="核验").Granted(this.note).Refused(this.draft)
    note = Effect(noted("trial.noted"), title="抄送", reversible=True).Next(this.confirm)
    confirm = SignOff("trial.confirm", title="复核").Granted(this.route).Refused(this.draft)
    route = Choice(title="是否用印").Case(this.seal, says("用印"), label="用印").Default(this.file)
    seal = Effect(noted("trial.sealed"), title="用印").Next(this.file)
    file = Work("trial.file", title="归档").Next(this.end)
    end = End(title="办结")


class Parallel(Flow):
    """Three branches: two signers in one, a refusal that ends the matter in another, an end of its own in the third."""

    process_title = label = "并行会办"
    code = "trial-parallel"

    start = flow.StartHandle(this.begin).Next(this.draft)
    draft = Work("trial.draft", title="起草送审").Next(this.fork)
    fork = Split(title="分送各部门").Always(this.left).Always(this.right).Always(this.aside)
    left = SignOff("trial.left", title="发改部门初审").Granted(this.left_again).Refused(this.draft)
    left_again = SignOff("trial.left_again", title="发改部门复核").Granted(this.meet).Refused(this.left)
    right = SignOff("trial.right", title="自然资源部门审核").Granted(this.meet).Refused(this.stopped)
    aside = Work("trial.aside", title="档案部门备案").Next(this.filed)
    filed = End(title="备案完毕")
    meet = Join(title="意见汇总").Next(this.close)
    close = SignOff("trial.close", title="区领导审定").Granted(this.publish).Refused(this.draft)
    publish = Effect(noted("trial.published"), title="印发").Next(this.end)
    end = End(title="办结")
    stopped = Stop(title="不予办理")


class Inclusive(Flow):
    """Which branches there are depends on the matter; one of them splits again."""

    process_title = label = "按需会签"
    code = "trial-inclusive"

    start = flow.StartHandle(this.begin).Next(this.draft)
    draft = Work("trial.draft", title="提出申请").Next(this.fork)
    fork = (
        Split(title="涉及事项")
        .Case(this.money, says("资金"), label="涉及资金")
        .Case(this.land, says("用地"), label="涉及用地")
        .Default(this.meet)
    )
    money = SignOff("trial.money", title="财政部门审核").Granted(this.deep).Refused(this.draft)
    deep = Split(title="资金分项").Always(this.budget).Always(this.audit)
    budget = SignOff("trial.budget", title="预算安排").Granted(this.deep_meet).Refused(this.money)
    audit = SignOff("trial.audit", title="审计意见").Granted(this.quick).Refused(this.money)
    quick = (
        Choice(title="审计是否免汇总").Case(this.skipped, says("免汇总"), label="免").Default(this.deep_meet)
    )
    skipped = End(title="不再汇总")
    deep_meet = Join(title="分项汇总").Next(this.money_done)
    money_done = SignOff("trial.money_done", title="财政部门确认").Granted(this.meet).Refused(this.money)
    land = SignOff("trial.land", title="用地部门审核").Granted(this.meet).Refused(this.draft)
    meet = Join(title="会签汇总").Next(this.close)
    close = SignOff("trial.close", title="区领导审定").Granted(this.end).Refused(this.draft)
    end = End(title="办结")


class Small(Flow):
    """One signature, yes or no: what the others start as a sub-run."""

    process_title = label = "专项核查"
    code = "trial-small"

    start = flow.StartHandle(this.begin).Next(this.check)
    check = SignOff("trial.small", title="专项核查").Granted(this.end).Refused(this.stopped)
    end = End(title="核查通过")
    stopped = Stop(title="核查未通过")


class Middle(Flow):
    """A sub-run that has a sub-run."""

    process_title = label = "委托核查"
    code = "trial-middle"

    start = flow.StartHandle(this.begin).Next(this.check)
    check = SubRun(lambda: Small, title="委托核查").Granted(this.end).Refused(this.stopped)
    end = End(title="核查通过")
    stopped = Stop(title="核查未通过")


class Waiting(Flow):
    """Another run, a run beside it, some days, and a job outside."""

    process_title = label = "等待事项"
    code = "trial-waiting"

    start = flow.StartHandle(this.begin).Next(this.draft)
    draft = Work("trial.draft", title="起草").Next(this.route)
    route = Choice(title="核查方式").Case(this.far, says("委托"), label="委托核查").Default(this.near)
    near = SubRun(lambda: Small, title="专项核查").Granted(this.beside).Refused(this.draft)
    far = SubRun(lambda: Middle, title="委托核查").Granted(this.beside).Refused(this.draft)
    beside = SubRun(lambda: Small, title="同步备案", waits=False).Granted(this.pause)
    pause = Delay(3, title="公示三个工作日").Next(this.send)
    send = Trigger(outside.send, title="推送市级平台").Next(this.confirm)
    confirm = SignOff("trial.confirm", title="确认回执").Granted(this.end).Refused(this.draft)
    end = End(title="办结")


class Joint(Flow):
    """A sub-run in one branch, a signature in the other."""

    process_title = label = "联合审查"
    code = "trial-joint"

    start = flow.StartHandle(this.begin).Next(this.draft)
    draft = Work("trial.draft", title="起草").Next(this.fork)
    fork = Split(title="联合审查").Always(this.inquiry).Always(this.right)
    inquiry = SubRun(lambda: Small, title="专项核查").Granted(this.meet).Refused(this.draft)
    right = SignOff("trial.right", title="部门审核").Granted(this.meet).Refused(this.draft)
    meet = Join(title="意见汇总").Next(this.close)
    close = SignOff("trial.close", title="区领导审定").Granted(this.end).Refused(this.draft)
    end = End(title="办结")


class Resting(Flow):
    """A day to wait between two signatures, nothing else."""

    process_title = label = "公示后确认"
    code = "trial-resting"

    start = flow.StartHandle(this.begin).Next(this.check)
    check = SignOff("trial.check", title="核验").Granted(this.pause).Refused(this.stopped)
    pause = Delay(3, title="公示三个工作日").Next(this.confirm)
    confirm = SignOff("trial.confirm", title="确认").Granted(this.end).Refused(this.check)
    end = End(title="办结")
    stopped = Stop(title="不予办理")
