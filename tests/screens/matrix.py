"""Who gets which answer where, as data: every URL name by role, here and elsewhere, looking and acting."""

from dataclasses import dataclass

ROLES = {
    "anonymous": "nobody signed in",
    "chen": "officer of the service unit",
    "bai": "desk of the service unit",
    "lin": "desk of the lead department that verifies",
    "zhao": "contact leader of the district",
    "sun": "city leader",
    "gao": "campaign office",
    "ma": "headquarters office",
    "wang": "officer of a unit without any part",
    "ke": "desk of a member of the coordination group",
    "system": "system administrator",
    "security": "security administrator",
    "audit": "audit administrator",
    "jobless": "an account without any post",
}
DOOR = "door"  # on to the sign-in page; every number is a status


@dataclass(frozen=True)
class Address:
    """How a URL name is asked for: which matter it is about, and what a form would send."""

    name: str
    about: str = ""  # the matter whose key goes into the address
    key: str = ""  # which of its keys, if it has one in its address
    more: tuple = ()  # further parts of the address
    typed: tuple[tuple[str, str], ...] = ()  # what the matter names itself is taken from there
    share: str = ""  # whose open share the form names
    file: bool = False


REASON = ("reason", "未附签章页，请补正后重报。")
# Keys that a matter supplies: a colleague of the desk, a post to be asked, a step dealt with.
COLLEAGUE, POST, POSTS, STEP = (("to_user", "luo"), ("post", "ma"), ("posts", "ma"), ("step", "submit"))
SEES = {"here": "chen bai lin zhao sun gao ma ke", "elsewhere": "zhao gao ma"}


@dataclass(frozen=True)
class Act:
    """One operation of the engine: on which matter, whose share, what is typed, and who may do it.

    A look shows its form or the reason why not to whoever sees the matter; a press of somebody else is refused.
    """

    name: str
    about: str
    may: str = ""
    typed: tuple[tuple[str, str], ...] = ()
    share: str = ""
    elsewhere: str = ""

    @property
    def address(self) -> Address:
        """How its URL name is asked for."""
        return Address(f"work-{self.name}", self.about, "run", typed=self.typed, share=self.share)

    def answers(self) -> dict[tuple[str, str, str], dict[str, str]]:
        """Everybody's answer to a look and to a press, here and elsewhere."""
        found = {}
        for place, may in (("here", self.may), ("elsewhere", self.elsewhere)):
            seen = SEES[place].split()
            for verb, granted in (("GET", seen), ("POST", may.split())):
                said = {role: "404" if role not in seen else "403" for role in ROLES}
                done = dict.fromkeys(granted, "200" if verb == "GET" else "302")
                found[f"work-{self.name}", verb, place] = said | done | {"anonymous": DOOR}
        return found


ACTS = (
    Act("approve", "approving", "zhao", share="zhao"),
    Act("reject", "approving", "zhao", (REASON,), "zhao"),
    Act("return", "approving", "zhao", (REASON,), "zhao"),
    Act("complete", "drafting", "chen", share="chen"),
    Act("advise", "asked", "ke", (("opinion", "无意见。"),), "ke"),
    Act("save-opinion", "approving", "zhao", (("opinion", "资料齐全。"),), "zhao"),
    Act("add-signers", "approving", "zhao", (("turn", "before"), POSTS, REASON), "zhao"),
    Act("consult", "approving", "zhao", (POSTS, REASON), "zhao"),
    Act("delegate", "approving", "zhao", (POST, REASON), "zhao"),
    Act("transfer", "approving", "zhao", (POST, REASON), "zhao"),
    Act("append", "verifying", "chen gao", (("node", "approve"), POSTS, REASON), elsewhere="gao"),
    Act("hand-out", "verifying", "lin", (COLLEAGUE,), "lin"),
    Act("claim", "pooled", "chen bai", (), "bai"),
    Act("put-back", "handed", "lin", (), "lin"),
    Act("remove-signer", "asked", "zhao gao", (REASON,), "ke", "gao"),
    Act("take-back", "signed", "lin", (), "lin"),
    Act("urge", "approving", "chen lin gao", elsewhere="gao"),
    Act("copy-to", "approving", SEES["here"], (POSTS,), elsewhere=SEES["elsewhere"]),
    Act("acknowledge", "approving", "sun"),
    Act("withdraw", "verifying", "chen", (REASON,)),
    Act("suspend", "approving", "gao", (REASON,), elsewhere="gao"),
    Act("resume", "paused", "gao", elsewhere="gao"),
    Act("terminate", "approving", "gao", (REASON,), elsewhere="gao"),
    Act("reopen", "ended", "gao", (STEP, REASON), elsewhere="gao"),
)
VERSION = '{"key": "milestone.verify", "name": "核验", "mode": "any_of", "resolver": "project.verifiers", "limit_days": 4}'
PROPOSAL = (
    ("name", "演示·中试线"), ("owner", "演示业主"), ("content", "新建两条。"), ("total_investment", "3000"),
    ("builds_from", "2023-09-01"), ("builds_until", "2024-12-31"),
)  # fmt: skip
SCORES = (("score-targets", "88"), ("reason-targets", "目标完成较好，进度正常。"), ("score-on-time", "90"))
ADDRESSES = (
    Address("home"),
    Address("me"),
    Address("inbox"),
    Address("inbox-list"),
    Address("inbox-badge"),
    Address("inbox-approve"),
    Address("notice-settings", typed=(("mail_from", "high"), ("chat_from", "off"), ("daily_at", "09:00"))),
    Address("chat-address", typed=(("bot", "dingtalk"), ("address", "0123456789abcdef"))),
    Address("chat-address-remove"),
    Address("agenda"),
    Address("agenda-address"),
    Address("agenda-address-revoke"),
    Address("agenda-feed", more=("no-such-secret",)),
    Address("letters-set-aside"),
    Address("record-seals"),
    Address("record-seals-export"),
    Address("letter-retry", "undelivered", "letter", typed=(REASON,)),
    Address("letter-drop", "undelivered", "letter", typed=(REASON,)),
    Address("posts-search"),
    Address("phrases", typed=(("text", "情况属实。"),)),
    Address("projects"),
    Address("accounts"),
    Address("account", "administering", "account"),
    Address("account-close", "administering", "account", typed=(REASON,)),
    Address("account-open", "administering", "account"),
    Address("account-unmask", "administering", "account", typed=(REASON,)),
    Address("account-sessions", "administering", "account"),
    Address("account-code-issue", "administering", "account"),
    Address("account-lists"),
    Address("account-list-new", more=("joining",)),
    Address("account-list-template", more=("joining",)),
    Address("account-list", "administering", "list"),
    Address("account-list-hand-in", "administering", "list"),
    Address("account-list-confirm", "administering", "list"),
    Address("account-list-decline", "administering", "list", typed=(REASON,)),
    Address("locks"),
    Address("lock-release", "administering", "lock"),
    Address("audit-access"),
    Address("audit-access-export"),
    Address("audit-journal"),
    Address("account-code", typed=(("username", "nobody"), ("code", "AAAA-AAAA-AAAA"))),
    Address("account_login", typed=(("login", "nobody"), ("password", "not-the-word"))),
    Address("account_logout"),
    Address("account_inactive"),
    Address("account_change_password"),
    Address("mfa_index"),
    Address("mfa_authenticate"),
    Address("mfa_reauthenticate"),
    Address("mfa_activate_totp"),
    Address("mfa_deactivate_totp"),
    Address("mfa_list_webauthn"),
    Address("mfa_add_webauthn"),
    Address("mfa_reauthenticate_webauthn"),
    Address("mfa_view_recovery_codes"),
    Address("mfa_generate_recovery_codes"),
    Address("mfa_remove_webauthn", more=(999,)),
    Address("sso"),
    Address("openid_connect_callback", more=("oidc",)),
    Address("sso-unlink"),
    Address("phone", typed=(("pin", "000000"),)),
    Address("phones", typed=(("name", "phone"), ("pin", "000000"), ("again", "000000"))),
    Address("phone-forget", more=("00000000-0000-4000-8000-000000000000",)),
    Address("sessions", typed=(("session", "others"),)),
    Address("account_reauthenticate"),
    Address("set_language", typed=(("language", "en"),)),
    Address("health-live"),
    Address("health-ready"),
    Address("health-metrics"),
    Address("sheet", "approving", "run"),
    Address("sheet-pdf", "approving", "run"),
    Address("run-diagram", "approving", "run"),
    Address("run-preview", "approving", "run"),
    *(act.address for act in ACTS),
    Address("policies"),
    Address("policy", "ruling", "policy"),
    Address("policy-change", "ruling", "policy", typed=(("values", VERSION),)),
    Address("policy-propose", "ruling", "policy", typed=(("values", VERSION), ("base", "1"), REASON)),
    Address("work-move", "approving", "run", typed=(("step", "here"), ("to", "verify"), REASON)),
    Address("obstacles"),
    Address("obstacle-financing"),
    Address("obstacle-land"),
    Address("obstacle-permits"),
    Address("obstacle-new", "resting", "project", typed=(("kind", "other"), ("title", "施工用电未接入"))),
    Address(
        "permit-new",
        "resting",
        "project",
        typed=(("permit", "planning"), ("days", "9"), ("documents", "9"), ("happened_on", "2023-05-31")),
    ),
    Address("obstacle-sort", "sorting", "obstacle", typed=(("kind", "land"), ("level", "lead"))),
    Address("obstacle-assign", "assigning", "obstacle", typed=(("unit", ""), ("due", ""))),
    Address("obstacle-answer", "answering", "obstacle", typed=(("measure", "专线已经接通并送电。"),)),
    Address("obstacle-level", "answering", "obstacle", typed=(("from_level", "department"), REASON)),
    Address(
        "obstacle-report",
        "answering",
        "obstacle",
        typed=(("figure", "state-land"), ("value", "12"), ("happened_on", "2023-05-31")),
    ),
    Address("files-add", "answering", "run", file=True),
    Address("file", "answering", "file"),
    Address("file-page", "answering", "file", more=(1,)),
    Address("file-download", "answering", "file"),
    Address("file-withdraw", "answering", "file"),
    Address("project", "drafting", "project"),
    Address("milestone-new", "resting", "project", typed=(("move", "fulfil"),)),
    Address("project-correct", "resting", "project", typed=(("to_phase", "started"), REASON)),
    Address("milestone-draft", "drafting", "milestone", typed=(("value-money", "3100"),)),
    Address("milestone-evidence", "drafting", "milestone", typed=(("requirement", "permit"),), file=True),
    Address("evidence", "drafting", "evidence"),
    Address("evidence-page", "drafting", "evidence", more=(1,)),
    Address("evidence-file", "drafting", "evidence"),
    Address("evidence-withdraw", "drafting", "evidence"),
    Address("obligations"),
    Address("obligation-month"),
    Address("obligations-ahead"),
    Address("obligation-report", "owing", "occurrence", typed=(("report", "本月完成征拆二十亩。"),)),
    Address("months"),
    Address("months-board"),
    Address("project-months", "resting", "project"),
    Address(
        "month-report",
        "resting",
        "project",
        typed=(("month", "2023-05"), ("invested", "900"), ("progress", "9")),
    ),
    Address("projects-export"),
    Address("months-export"),
    Address("targets-export"),
    Address("obstacles-export"),
    Address("work-calendar"),
    Address("work-calendar-change", more=(2027,)),
    Address("supervision"),
    Address("supervision-new"),
    Address("supervision-ladder"),
    Address("supervision-ladder-change"),
    Address("supervision-ladder-publish", more=(99,)),
    Address("supervision-ladder-drop", more=(99,), typed=(REASON,)),
    Address("supervision-item", "supervising", "item"),
    Address("supervision-settle", "supervising", "item", typed=(REASON,)),
    Address("slip-answer", "supervising", "slip", typed=(("answer", "已召开专题会，本月底前完成。"),)),
    Address(
        "measure-weigh",
        "weighing",
        "measure",
        typed=(("gravity", "ordinary"), ("verdict", "declined"), REASON),
    ),
    Address("inspections"),
    Address("inspection-new"),
    Address("inspection-findings"),
    Address("inspection-round", "submitting", "round"),
    Address("inspection-call-off", "submitting", "round", typed=(REASON,)),
    Address("visit-materials", "submitting", "visit", typed=(("materials", "监理日志和照片已报送。"),)),
    Address("visit-note", "visiting", "visit", typed=(("text", "现场未设围挡，无警示标志。"), ("unit", ""))),
    Address("visit-report", "visiting", "visit", typed=(("visited_on", "2023-06-01"),)),
    Address("visit-seen", "seeing", "visit"),
    Address("finding-photos", "visiting", "finding", file=True),
    Address("finding-take-back", "visiting", "finding"),
    Address(
        "finding-open",
        "seeing",
        "finding",
        more=("obstacle",),
        typed=(("kind", "other"), ("title", "现场防护不到位")),
    ),
    Address("discipline"),
    Address("discipline-new", typed=(("text", "反映该单位工作纪律问题。"),)),
    Address("discipline-case", "confiding", "case"),
    Address("discipline-take-in", "confiding", "case", typed=(("accept", "0"), REASON)),
    Address("discipline-propose", "confiding", "case", typed=(("disposition", "inquiry"), REASON)),
    Address("discipline-agree", "confiding", "case", typed=(("opinion", "同意按程序办理。"),)),
    Address("discipline-send-back", "confiding", "case", typed=(("opinion", "请补充核实情况。"),)),
    Address("discipline-conclude", "confiding", "case", typed=(("text", "经谈话函询，未发现问题。"),)),
    Address("discipline-assign", "confiding", "case", typed=(REASON,)),
    Address("discipline-letter", "confiding", "case", typed=(("kind", "reminder"), ("text", "请加强管理。"))),
    Address(
        "discipline-supplement", "confiding", "case", typed=(("side", "for"), ("text", "补充一份材料。"))
    ),
    Address("discipline-dossier-paper", "confiding", "case"),
    Address("discipline-closing-paper", "confiding", "case"),
    Address("discipline-letter-paper", "confiding", "letter"),
    Address("lights"),
    Address("project-lights", "resting", "project"),
    Address("light-schemes"),
    Address("light-scheme-change"),
    Address("light-scheme-confirm", "lighting", "scheme"),
    Address("light-scheme-decline", "lighting", "scheme", typed=(REASON,)),
    Address("line-plans"),
    Address("line-plan-new", "filing", "line", typed=(REASON,)),
    Address("line-plan", "filing", "plan"),
    Address("line-plan-write", "filing", "plan", typed=(("goals", "全年目标三十七个。"),)),
    Address("line-plan-share", "filing", "share"),
    Address("assessments"),
    Address("assessment-start"),
    Address("assessment-unit", "assessing", "unit"),
    Address(
        "assessment-score",
        "assessing",
        "unit",
        typed=SCORES,
    ),
    Address("assessment-object", "assessing", "unit", typed=(("text", "两次月报系统故障，不应计为迟报。"),)),
    Address(
        "assessment-answer", "assessing", "unit", typed=(("upheld", "no"), ("answer", "经核实，维持原得分。"))
    ),
    Address("targets"),
    Address("contest"),
    Address("target", "aiming", "target"),
    Address(
        "target-report",
        "aiming",
        "target",
        typed=(("value", "9"), ("day", "2023-05-31"), ("source", "区统计局")),
    ),
    Address("task-forces"),
    Address("project-card", "resting", "project"),
    Address("project-card-pdf", "resting", "project"),
    Address("timetable", "planning", "project"),
    Address("timetable-begin", "planning", "bare", typed=(("kind", "lay"),)),
    Address(
        "timetable-node",
        "planning",
        "project",
        typed=(("code", "permit"), ("done_on", "2023-05-31"), ("seen", "0")),
    ),
    Address(
        "timetable-write", "planning", "timetable", typed=(("name-1", "开工"), ("planned-1", "2023-09-01"))
    ),
    Address("ledgers"),
    Address("ledger", "keeping", "ledger"),
    Address(
        "ledger-new",
        "keeping",
        "ledger",
        typed=(("visited", "省发展改革委"), ("visited-on", "2023-05-09"), ("head", "是")),
    ),
    Address("ledger-template", "keeping", "ledger"),
    Address("ledger-export", "keeping", "ledger"),
    Address("ledger-upload", "keeping", "ledger", file=True),
    Address("ledger-import", "keeping", "import"),
    Address("ledger-take", "keeping", "import", typed=(("rows", "all"),)),
    Address("ledger-report", "keeping", "import"),
    Address("ledger-row", "keeping", "row"),
    Address(
        "ledger-correct",
        "keeping",
        "row",
        typed=(
            ("visited", "省财政厅"),
            ("visited-on", "2023-05-09"),
            ("head", "是"),
            ("version", "1"),
            REASON,
        ),
    ),
    Address("ledger-withdraw", "keeping", "row", typed=(("version", "1"), REASON)),
    Address("pool"),
    Address("proposal-new", typed=(("name", "演示·新项目"),)),
    Address("proposal", "proposing", "proposal"),
    Address("proposal-correct", "proposing", "proposal", typed=PROPOSAL),
    Address("proposal-findings", "proposing", "proposal", typed=(("answer-planning", "pass"),)),
    Address("proposal-tier", "proposing", "proposal", typed=(("tier", "ready"), REASON)),
    Address("proposal-promote", "proposing", "proposal", typed=(("service", "1"), REASON)),
    Address(
        "substitutes",
        "standing",
        typed=(("post", ""), ("substitute", ""), ("first_day", ""), ("last_day", ""), REASON),
    ),
    Address("substitute-end", "standing", "substitution"),
    Address("hand-over", "standing", typed=(("leaver", ""), ("successor", ""), REASON)),
)

# One row for each name, verb and place. "here" is a matter of the cast's own line; "elsewhere" is one of another
# plan with its own units and leaders, in which nobody of the cast has a part; district leaders, the campaign
# office and the headquarters office see every plan. "both" says the same of both; pages about no matter stand
# once, under "here". Two answers: the first for whoever is not signed in, the second for everybody else.
ANSWERS = """
#                                      anon chen bai  lin  zhao sun  gao  ma   wang ke   syst secu audi jobl
home                    GET  here      door 302
home                    POST here      door 302
me                      GET  here      door 200
me                      POST here      door 405
inbox                   GET  here      door 200
inbox                   POST here      door 405
inbox-list              GET  here      door 200
inbox-list              POST here      door 405
inbox-badge             GET  here      door 200
inbox-badge             POST here      door 405
inbox-approve           GET  here      door 200
inbox-approve           POST here      door 422
notice-settings         GET  here      door 200
notice-settings         POST here      door 302
chat-address            GET  here      door 405
chat-address            POST here      door 302
chat-address-remove     GET  here      door 405
chat-address-remove     POST here      door 404
letters-set-aside       GET  here      door 404  404  404  404  404  404  404  404  404  200  404  404  404
letters-set-aside       POST here      door 405
record-seals            GET  here      door 404  404  404  404  404  404  404  404  404  404  404  200  404
record-seals            POST here      door 405
record-seals-export     GET  here      door 405
record-seals-export     POST here      door 404  404  404  404  404  404  404  404  404  404  404  200  404
letter-retry            GET  both      door 405
letter-retry            POST both      door 404  404  404  404  404  404  404  404  404  302  404  404  404
letter-drop             GET  both      door 405
letter-drop             POST both      door 404  404  404  404  404  404  404  404  404  302  404  404  404
posts-search            GET  here      door 200  200  200  200  200  200  200  200  200  403  403  403  403
posts-search            POST here      door 405
phrases                 GET  here      door 200
phrases                 POST here      door 302
projects                GET  here      door 200
projects                POST here      door 405
accounts                GET  here      door 404  404  404  404  404  404  404  404  404  200  200  404  404
accounts                POST here      door 405
account                 GET  both      door 404  404  404  404  404  404  404  404  404  200  200  404  404
account                 POST both      door 405
account-close           GET  both      door 405
account-close           POST both      door 404  404  404  404  404  404  404  404  404  302  404  404  404
account-open            GET  both      door 405
account-open            POST both      door 404  404  404  404  404  404  404  404  404  409  404  404  404
account-unmask          GET  both      door 405
account-unmask          POST both      door 404  404  404  404  404  404  404  404  404  409  404  404  404
account-sessions        GET  both      door 405
account-sessions        POST both      door 404  404  404  404  404  404  404  404  404  404  302  404  404
account-code-issue      GET  both      door 405
account-code-issue      POST both      door 404  404  404  404  404  404  404  404  404  404  200  404  404
account-lists           GET  here      door 404  404  404  404  404  404  404  404  404  200  200  404  404
account-lists           POST here      door 405
account-list-new        GET  here      door 404  404  404  404  404  404  404  404  404  200  404  404  404
account-list-new        POST here      door 404  404  404  404  404  404  404  404  404  422  404  404  404
account-list-template   GET  here      door 404  404  404  404  404  404  404  404  404  200  404  404  404
account-list-template   POST here      door 405
account-list            GET  both      door 404  404  404  404  404  404  404  404  404  200  200  404  404
account-list            POST both      door 405
account-list-hand-in    GET  both      door 405
account-list-hand-in    POST both      door 404  404  404  404  404  404  404  404  404  409  404  404  404
account-list-confirm    GET  both      door 405
account-list-confirm    POST both      door 404  404  404  404  404  404  404  404  404  404  200  404  404
account-list-decline    GET  both      door 405
account-list-decline    POST both      door 404  404  404  404  404  404  404  404  404  404  302  404  404
locks                   GET  here      door 404  404  404  404  404  404  404  404  404  404  200  404  404
locks                   POST here      door 405
lock-release            GET  both      door 405
lock-release            POST both      door 404  404  404  404  404  404  404  404  404  404  302  404  404
audit-access            GET  here      door 404  404  404  404  404  404  404  404  404  404  404  200  404
audit-access            POST here      door 405
audit-access-export     GET  here      door 405
audit-access-export     POST here      door 404  404  404  404  404  404  404  404  404  404  404  200  404
audit-journal           GET  here      door 404  404  404  404  404  404  404  404  404  404  404  200  404
audit-journal           POST here      door 405
account-code            GET  here      200  200
account-code            POST here      422  422
account_login           GET  here      200  302
account_login           POST here      200  302
account_logout          GET  here      302  200
account_logout          POST here      302  302
account_inactive        GET  here      200  200
account_inactive        POST here      405  405
account_change_password GET  here      door 200
account_change_password POST here      door 200
mfa_index                   GET  here      door 200
mfa_index                   POST here      door 405
mfa_authenticate            GET  here      302  302
mfa_authenticate            POST here      302  302
mfa_reauthenticate          GET  here      door 302
mfa_reauthenticate          POST here      door 302
mfa_activate_totp           GET  here      door 302
mfa_activate_totp           POST here      door 302
mfa_deactivate_totp         GET  here      door 404
mfa_deactivate_totp         POST here      door 404
mfa_list_webauthn           GET  here      door 200
mfa_list_webauthn           POST here      door 405
mfa_add_webauthn            GET  here      door 302
mfa_add_webauthn            POST here      door 302
mfa_reauthenticate_webauthn GET  here      door 302
mfa_reauthenticate_webauthn POST here      door 302
mfa_view_recovery_codes     GET  here      door 404
mfa_view_recovery_codes     POST here      door 405
mfa_generate_recovery_codes GET  here      door 302
mfa_generate_recovery_codes POST here      door 302
mfa_remove_webauthn         GET  here      door 302
mfa_remove_webauthn         POST here      door 302
sso                     GET  here      404  404
sso                     POST here      404  404
openid_connect_callback GET  here      404  404
openid_connect_callback POST here      404  404
sso-unlink              GET  here      door 405
sso-unlink              POST here      door 302
phone                   GET  here      door 302
phone                   POST here      door 302
phones                  GET  here      door 200
phones                  POST here      door 422
phone-forget            GET  here      door 405
phone-forget            POST here      door 404
sessions                GET  here      door 200
sessions                POST here      door 302
account_reauthenticate  GET  here      door 200
account_reauthenticate  POST here      door 200
set_language            GET  here      302  302
set_language            POST here      302  302
health-live             GET  here      200  200
health-live             POST here      405  405
health-ready            GET  here      200  200
health-ready            POST here      405  405
health-metrics          GET  here      404  404
health-metrics          POST here      405  405
sheet                   GET  here      door 200  200  200  200  200  200  200  404  200  404  404  404  404
sheet                   GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
sheet                   POST both      door 405
sheet-pdf               GET  here      door 200  200  200  200  200  200  200  404  200  404  404  404  404
sheet-pdf               GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
sheet-pdf               POST both      door 405
run-diagram             GET  here      door 200  200  200  200  200  200  200  404  200  404  404  404  404
run-diagram             GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
run-diagram             POST both      door 405
run-preview             GET  here      door 200  200  200  200  200  200  200  404  200  404  404  404  404
run-preview             GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
run-preview             POST both      door 405
policies                GET  here      door 404  404  404  404  404  200  200  404  404  404  404  404  404
policies                POST here      door 405
policy                  GET  both      door 404  404  404  404  404  200  200  404  404  404  404  404  404
policy                  POST both      door 405
policy-change           GET  both      door 404  404  404  404  404  200  200  404  404  404  404  404  404
policy-change           POST both      door 404  404  404  404  404  200  403  404  404  404  404  404  404
policy-propose          GET  both      door 405
policy-propose          POST both      door 404  404  404  404  404  302  403  404  404  404  404  404  404
work-move               GET  both      door 404  404  404  404  404  200  200  404  404  404  404  404  404
work-move               POST both      door 404  404  404  404  404  302  403  404  404  404  404  404  404
obstacles               GET  here      door 200
obstacles               POST here      door 405
obstacle-financing      GET  here      door 200
obstacle-financing      POST here      door 405
obstacle-land           GET  here      door 200  200  200  200  200  200  200  200  200  404  404  404  404
obstacle-land           POST here      door 405
obstacle-permits        GET  here      door 200  200  200  200  200  200  200  200  200  404  404  404  404
obstacle-permits        POST here      door 405
obstacle-new            GET  here      door 200  200  200  200  200  200  200  404  200  404  404  404  404
obstacle-new            GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
obstacle-new            POST here      door 302  302  403  403  403  403  403  404  403  404  404  404  404
obstacle-new            POST elsewhere door 404  404  404  403  404  403  403  404  404  404  404  404  404
permit-new              GET  here      door 200  200  200  200  200  200  200  404  200  404  404  404  404
permit-new              GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
permit-new              POST here      door 302  302  403  403  403  302  403  404  403  404  404  404  404
permit-new              POST elsewhere door 404  404  404  403  404  302  403  404  404  404  404  404  404
obstacle-sort           GET  both      door 405
obstacle-sort           POST here      door 403  403  403  403  403  302  403  404  403  404  404  404  404
obstacle-sort           POST elsewhere door 404  404  404  403  404  302  403  404  404  404  404  404  404
obstacle-assign         GET  both      door 405
obstacle-assign         POST here      door 403  403  403  403  403  302  403  404  403  404  404  404  404
obstacle-assign         POST elsewhere door 404  404  404  403  404  302  403  404  404  404  404  404  404
obstacle-answer         GET  both      door 405
obstacle-answer         POST here      door 403  403  403  403  403  403  403  404  302  404  404  404  404
obstacle-answer         POST elsewhere door 404  404  404  403  404  403  403  404  404  404  404  404  404
obstacle-level          GET  both      door 405
obstacle-level          POST here      door 302  403  403  403  403  302  403  404  302  404  404  404  404
obstacle-level          POST elsewhere door 404  404  404  403  404  302  403  404  404  404  404  404  404
obstacle-report         GET  both      door 405
obstacle-report         POST here      door 302  302  403  403  403  302  403  404  302  404  404  404  404
obstacle-report         POST elsewhere door 404  404  404  403  404  302  403  404  404  404  404  404  404
files-add               GET  both      door 405
files-add               POST here      door 302  403  403  403  403  403  403  404  302  404  404  404  404
files-add               POST elsewhere door 404  404  404  403  404  403  403  404  404  404  404  404  404
file                    GET  here      door 200  200  200  200  200  200  200  404  200  404  404  404  404
file                    GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
file                    POST both      door 405
file-page               GET  here      door 200  200  200  200  200  200  200  404  200  404  404  404  404
file-page               GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
file-page               POST both      door 405
file-download           GET  here      door 200  200  200  200  200  200  200  404  200  404  404  404  404
file-download           GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
file-download           POST both      door 405
file-withdraw           GET  both      door 405
file-withdraw           POST here      door 302  403  403  403  403  403  403  404  403  404  404  404  404
file-withdraw           POST elsewhere door 404  404  404  403  404  403  403  404  404  404  404  404  404
project                 GET  here      door 200  200  200  200  200  200  200  404  200  404  404  404  404
project                 GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
project                 POST both      door 405
milestone-new           GET  here      door 200  200  200  200  200  200  200  404  200  404  404  404  404
milestone-new           GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
milestone-new           POST here      door 302  302  403  403  403  403  403  404  403  404  404  404  404
milestone-new           POST elsewhere door 404  404  404  403  404  403  403  404  404  404  404  404  404
project-correct         GET  here      door 200  200  200  200  200  200  200  404  200  404  404  404  404
project-correct         GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
project-correct         POST here      door 403  403  403  403  403  302  403  404  403  404  404  404  404
project-correct         POST elsewhere door 404  404  404  403  404  302  403  404  404  404  404  404  404
milestone-draft         GET  both      door 405
milestone-draft         POST here      door 302  403  403  403  403  403  403  404  403  404  404  404  404
milestone-draft         POST elsewhere door 404  404  404  403  404  403  403  404  404  404  404  404  404
milestone-evidence      GET  both      door 405
milestone-evidence      POST here      door 302  403  403  403  403  403  403  404  403  404  404  404  404
milestone-evidence      POST elsewhere door 404  404  404  403  404  403  403  404  404  404  404  404  404
evidence                GET  here      door 200  200  200  200  200  200  200  404  200  404  404  404  404
evidence                GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
evidence                POST both      door 405
evidence-page           GET  here      door 200  200  200  200  200  200  200  404  200  404  404  404  404
evidence-page           GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
evidence-page           POST both      door 405
evidence-file           GET  here      door 200  200  200  200  200  200  200  404  200  404  404  404  404
evidence-file           GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
evidence-file           POST both      door 405
evidence-withdraw       GET  both      door 405
evidence-withdraw       POST here      door 302  403  403  403  403  403  403  404  403  404  404  404  404
evidence-withdraw       POST elsewhere door 404  404  404  403  404  403  403  404  404  404  404  404  404
obligations             GET  here      door 200
obligations             POST here      door 405
obligation-month        GET  here      door 200
obligation-month        POST here      door 405
obligations-ahead       GET  here      door 200
obligations-ahead       POST here      door 405
obligation-report       GET  both      door 405
obligation-report       POST here      door 403  403  302  403  404  403  403  404  403  404  404  404  404
obligation-report       POST elsewhere door 404  404  404  403  404  403  403  404  404  404  404  404  404
months                  GET  here      door 200
months                  POST here      door 405
months-board            GET  here      door 200
months-board            POST here      door 405
project-months          GET  here      door 200  200  200  200  200  200  200  404  200  404  404  404  404
project-months          GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
project-months          POST both      door 405
month-report            GET  both      door 405
month-report            POST here      door 302  302  403  403  403  403  403  404  403  404  404  404  404
month-report            POST elsewhere door 404  404  404  403  404  403  403  404  404  404  404  404  404
projects-export         GET  here      door 405
projects-export         POST here      door 200  200  200  200  200  200  200  200  200  404  404  404  404
months-export           GET  here      door 405
months-export           POST here      door 200  200  200  200  200  200  200  200  200  403  403  403  403
targets-export          GET  here      door 405
targets-export          POST here      door 200  200  200  200  200  200  200  200  200  404  404  404  404
obstacles-export        GET  here      door 405
obstacles-export        POST here      door 200  200  200  200  200  200  200  200  200  404  404  404  404
line-plans              GET  here      door 200
line-plans              POST here      door 405
line-plan-new           GET  here      door 200  200  200  200  200  200  200  200  200  404  404  404  404
line-plan-new           GET  elsewhere door 404
line-plan-new           POST here      door 409  409  409  403  403  403  403  403  403  404  404  404  404
line-plan-new           POST elsewhere door 404
line-plan               GET  here      door 200  200  200  200  404  200  200  404  200  404  404  404  404
line-plan               GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
line-plan               POST both      door 405
line-plan-write         GET  here      door 200  200  200  200  404  200  200  404  200  404  404  404  404
line-plan-write         GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
line-plan-write         POST here      door 403  403  403  403  404  403  403  404  403  404  404  404  404
line-plan-write         POST elsewhere door 404  404  404  403  404  403  403  404  404  404  404  404  404
line-plan-share         GET  here      door 200  200  200  200  404  200  200  404  200  404  404  404  404
line-plan-share         GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
line-plan-share         POST here      door 403  403  403  403  404  403  403  404  403  404  404  404  404
line-plan-share         POST elsewhere door 404  404  404  403  404  403  403  404  404  404  404  404  404
assessments             GET  here      door 200
assessments             POST here      door 405
assessment-start        GET  here      door 405
assessment-start        POST here      door 403  403  403  403  403  409  403  403  403  404  404  404  404
assessment-unit         GET  here      door 404  404  404  200  404  200  200  404  404  404  404  404  404
assessment-unit         GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
assessment-unit         POST both      door 405
assessment-score        GET  both      door 405
assessment-score        POST both      door 404  404  404  403  404  302  403  404  404  404  404  404  404
assessment-object       GET  both      door 405
assessment-object       POST both      door 404  404  404  403  404  403  403  404  404  404  404  404  404
assessment-answer       GET  both      door 405
assessment-answer       POST both      door 404  404  404  409  404  409  409  404  404  404  404  404  404
work-calendar           GET  here      door 200
work-calendar           POST here      door 405
work-calendar-change    GET  here      door 403  403  403  403  403  403  403  403  403  200  403  403  403
work-calendar-change    POST here      door 403  403  403  403  403  403  403  403  403  422  403  403  403
supervision             GET  here      door 200
supervision             POST here      door 405
supervision-new         GET  here      door 403  403  403  403  403  403  200  403  403  403  403  403  403
supervision-new         POST here      door 403  403  403  403  403  403  422  403  403  403  403  403  403
supervision-ladder      GET  here      door 200
supervision-ladder      POST here      door 405
supervision-ladder-change GET  here    door 403  403  403  403  403  200  403  403  403  403  403  403  403
supervision-ladder-change POST here    door 403  403  403  403  403  422  403  403  403  403  403  403  403
supervision-ladder-publish GET  here   door 405
supervision-ladder-publish POST here   door 404
supervision-ladder-drop GET  here      door 405
supervision-ladder-drop POST here      door 404
supervision-item        GET  here      door 200  200  200  200  200  200  200  200  200  404  404  404  404
supervision-item        GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
supervision-item        POST both      door 405
supervision-settle      GET  both      door 405
supervision-settle      POST here      door 403  403  403  403  403  403  302  403  403  404  404  404  404
supervision-settle      POST elsewhere door 404  404  404  403  404  403  302  404  404  404  404  404  404
slip-answer             GET  both      door 405
slip-answer             POST here      door 409  409  409  409  409  409  409  409  409  404  404  404  404
slip-answer             POST elsewhere door 404  404  404  409  404  409  409  404  404  404  404  404  404
measure-weigh           GET  both      door 405
measure-weigh           POST both      door 404  404  404  404  404  403  403  404  404  404  404  404  404
inspections             GET  here      door 200
inspections             POST here      door 405
inspection-new          GET  here      door 403  403  403  403  403  403  200  403  403  403  403  403  403
inspection-new          POST here      door 403  403  403  403  403  403  422  403  403  403  403  403  403
inspection-findings     GET  here      door 200
inspection-findings     POST here      door 405
inspection-round        GET  here      door 200  200  200  200  200  200  200  404  200  404  404  404  404
inspection-round        GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
inspection-round        POST both      door 405
inspection-call-off     GET  both      door 405
inspection-call-off     POST here      door 403  403  403  403  403  403  302  404  403  404  404  404  404
inspection-call-off     POST elsewhere door 404  404  404  403  404  403  302  404  404  404  404  404  404
visit-materials         GET  both      door 405
visit-materials         POST here      door 403  302  403  403  403  403  403  404  403  404  404  404  404
visit-materials         POST elsewhere door 404  404  404  403  404  403  403  404  404  404  404  404  404
visit-note              GET  both      door 405
visit-note              POST here      door 403  403  403  403  403  403  302  404  403  404  404  404  404
visit-note              POST elsewhere door 404  404  404  403  404  403  302  404  404  404  404  404  404
visit-report            GET  both      door 405
visit-report            POST here      door 403  403  403  403  403  403  302  404  403  404  404  404  404
visit-report            POST elsewhere door 404  404  404  403  404  403  302  404  404  404  404  404  404
visit-seen              GET  both      door 405
visit-seen              POST here      door 403  302  403  403  403  403  403  404  403  404  404  404  404
visit-seen              POST elsewhere door 404  404  404  403  404  403  403  404  404  404  404  404  404
finding-photos          GET  both      door 405
finding-photos          POST both      door 404  404  404  404  404  404  302  404  404  404  404  404  404
finding-take-back       GET  both      door 405
finding-take-back       POST both      door 404  404  404  404  404  404  302  404  404  404  404  404  404
finding-open            GET  here      door 403  403  403  403  403  403  200  404  403  404  404  404  404
finding-open            GET  elsewhere door 404  404  404  403  404  403  200  404  404  404  404  404  404
finding-open            POST here      door 403  403  403  403  403  403  302  404  403  404  404  404  404
finding-open            POST elsewhere door 404  404  404  403  404  403  302  404  404  404  404  404  404
discipline              GET  here      door 404
discipline              POST here      door 405
discipline-new          GET  here      door 404
discipline-new          POST here      door 404
discipline-case         GET  both      door 404
discipline-case         POST both      door 405
discipline-dossier-paper GET  both      door 404
discipline-dossier-paper POST both      door 405
discipline-closing-paper GET  both      door 404
discipline-closing-paper POST both      door 405
discipline-letter-paper GET  both      door 404
discipline-letter-paper POST both      door 405
discipline-take-in      GET  both      door 405
discipline-take-in      POST both      door 404
discipline-propose      GET  both      door 405
discipline-propose      POST both      door 404
discipline-agree        GET  both      door 405
discipline-agree        POST both      door 404
discipline-send-back    GET  both      door 405
discipline-send-back    POST both      door 404
discipline-conclude     GET  both      door 405
discipline-conclude     POST both      door 404
discipline-assign       GET  both      door 405
discipline-assign       POST both      door 404
discipline-letter       GET  both      door 405
discipline-letter       POST both      door 404
discipline-supplement   GET  both      door 405
discipline-supplement   POST both      door 404
lights                  GET  here      door 200
lights                  POST here      door 405
project-lights          GET  here      door 200  200  200  200  200  200  200  404  200  404  404  404  404
project-lights          GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
project-lights          POST both      door 405
light-schemes           GET  here      door 200
light-schemes           POST here      door 405
light-scheme-change     GET  here      door 403  403  403  403  403  200  403  403  403  403  403  403  403
light-scheme-change     POST here      door 403  403  403  403  403  422  403  403  403  403  403  403  403
light-scheme-confirm    GET  both      door 405
light-scheme-confirm    POST both      door 404  404  404  404  404  403  302  404  404  404  404  404  404
light-scheme-decline    GET  both      door 405
light-scheme-decline    POST both      door 404  404  404  404  404  403  302  404  404  404  404  404  404
targets                 GET  here      door 200
targets                 POST here      door 405
contest                 GET  here      door 200
contest                 POST here      door 405
target                  GET  here      door 200  200  200  200  200  200  200  200  200  404  404  404  404
target                  GET  elsewhere door 200  200  200  200  200  200  200  200  200  404  404  404  404
target                  POST both      door 405
target-report           GET  both      door 405
target-report           POST here      door 302  302  302  403  403  302  403  403  403  404  404  404  404
target-report           POST elsewhere door 404  404  404  404  404  404  404  404  404  404  404  404  404
task-forces             GET  here      door 200
task-forces             POST here      door 405
project-card            GET  here      door 200  200  200  200  200  200  200  404  200  404  404  404  404
project-card            GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
project-card            POST both      door 405
project-card-pdf        GET  here      door 200  200  200  200  200  200  200  404  200  404  404  404  404
project-card-pdf        GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
project-card-pdf        POST both      door 405
timetable               GET  here      door 200  200  200  200  200  200  200  404  200  404  404  404  404
timetable               GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
timetable               POST both      door 405
timetable-begin         GET  both      door 405
timetable-begin         POST here      door 302  302  403  403  403  403  403  404  403  404  404  404  404
timetable-begin         POST elsewhere door 404  404  404  403  404  403  403  404  404  404  404  404  404
timetable-node          GET  both      door 405
timetable-node          POST here      door 302  302  403  403  403  403  403  404  403  404  404  404  404
timetable-node          POST elsewhere door 404  404  404  403  404  403  403  404  404  404  404  404  404
timetable-write         GET  here      door 200  200  200  200  200  200  200  404  200  404  404  404  404
timetable-write         GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
timetable-write         POST here      door 302  403  403  403  403  403  403  404  403  404  404  404  404
timetable-write         POST elsewhere door 404  404  404  403  404  403  403  404  404  404  404  404  404
ledgers                 GET  here      door 200
ledgers                 POST here      door 405
ledger                  GET  both      door 200  200  200  200  200  200  200  200  200  404  404  404  404
ledger                  POST both      door 405
ledger-new              GET  both      door 200  200  200  200  200  200  200  200  200  404  404  404  404
ledger-new              POST here      door 302  302  403  403  403  403  403  403  403  404  404  404  404
ledger-new              POST elsewhere door 403  403  403  403  403  403  403  403  403  404  404  404  404
ledger-template         GET  both      door 200  200  200  200  200  200  200  200  200  404  404  404  404
ledger-template         POST both      door 405
ledger-export           GET  both      door 405
ledger-export           POST here      door 200  200  403  403  403  200  200  403  403  404  404  404  404
ledger-export           POST elsewhere door 403  403  403  403  403  200  200  403  403  404  404  404  404
ledger-upload           GET  both      door 200  200  200  200  200  200  200  200  200  404  404  404  404
ledger-upload           POST here      door 302  302  403  403  403  403  403  403  403  404  404  404  404
ledger-upload           POST elsewhere door 403  403  403  403  403  403  403  403  403  404  404  404  404
ledger-import           GET  here      door 200  404  404  404  404  404  404  404  404  404  404  404  404
ledger-import           GET  elsewhere door 404  404  404  404  404  404  404  404  404  404  404  404  404
ledger-import           POST both      door 405
ledger-take             GET  both      door 405
ledger-take             POST here      door 302  404  404  404  404  404  404  404  404  404  404  404  404
ledger-take             POST elsewhere door 404  404  404  404  404  404  404  404  404  404  404  404  404
ledger-report           GET  here      door 200  404  404  404  404  404  404  404  404  404  404  404  404
ledger-report           GET  elsewhere door 404  404  404  404  404  404  404  404  404  404  404  404  404
ledger-report           POST both      door 405
ledger-row              GET  both      door 200  200  200  200  200  200  200  200  200  404  404  404  404
ledger-row              POST both      door 405
ledger-correct          GET  both      door 200  200  200  200  200  200  200  200  200  404  404  404  404
ledger-correct          POST here      door 302  302  403  403  403  403  403  403  403  404  404  404  404
ledger-correct          POST elsewhere door 403  403  403  403  403  403  403  403  403  404  404  404  404
ledger-withdraw         GET  both      door 405
ledger-withdraw         POST here      door 302  302  403  403  403  403  403  403  403  404  404  404  404
ledger-withdraw         POST elsewhere door 403  403  403  403  403  403  403  403  403  404  404  404  404
pool                    GET  here      door 200
pool                    POST here      door 405
proposal-new            GET  here      door 200
proposal-new            POST here      door 422  422  422  403  403  422  422  422  422  403  403  403  403
proposal                GET  here      door 200  200  200  200  404  200  200  404  200  404  404  404  404
proposal                GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
proposal                POST both      door 405
proposal-correct        GET  here      door 200  200  200  200  404  200  200  404  200  404  404  404  404
proposal-correct        GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
proposal-correct        POST here      door 302  403  403  403  404  403  403  404  403  404  404  404  404
proposal-correct        POST elsewhere door 404  404  404  403  404  403  403  404  404  404  404  404  404
proposal-findings       GET  here      door 200  200  200  200  404  200  200  404  200  404  404  404  404
proposal-findings       GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
proposal-findings       POST here      door 409  409  409  409  404  409  409  404  409  404  404  404  404
proposal-findings       POST elsewhere door 404  404  404  409  404  409  409  404  404  404  404  404  404
proposal-tier           GET  here      door 200  200  200  200  404  200  200  404  200  404  404  404  404
proposal-tier           GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
proposal-tier           POST here      door 403  403  409  403  404  409  403  404  403  404  404  404  404
proposal-tier           POST elsewhere door 404  404  404  403  404  409  403  404  404  404  404  404  404
proposal-promote        GET  here      door 200  200  200  200  404  200  200  404  200  404  404  404  404
proposal-promote        GET  elsewhere door 404  404  404  200  404  200  200  404  404  404  404  404  404
proposal-promote        POST here      door 403  403  409  403  404  409  403  404  403  404  404  404  404
proposal-promote        POST elsewhere door 404  404  404  403  404  409  403  404  404  404  404  404  404
agenda                  GET  here      door 200
agenda                  POST here      door 405
agenda-address          GET  here      door 405
agenda-address          POST here      door 201  201  201  201  201  201  201  201  201  403  403  403  403
agenda-address-revoke   GET  here      door 405
agenda-address-revoke   POST here      door 404
agenda-feed             GET  here      404  404
agenda-feed             POST here      405  405
substitutes             GET  both      door 200
substitutes             POST here      door 403  403  302  403  403  302  403  403  403  403  403  403  403
substitutes             POST elsewhere door 403  403  403  403  403  302  403  403  403  403  403  403  403
substitute-end          GET  both      door 405
substitute-end          POST here      door 404  404  302  404  404  302  404  404  404  404  404  404  404
substitute-end          POST elsewhere door 404  404  404  404  404  302  404  404  404  404  404  404  404
hand-over               GET  both      door 200
hand-over               POST here      door 403  403  302  403  403  302  403  403  403  403  403  403  403
hand-over               POST elsewhere door 403  403  403  403  403  302  403  403  403  403  403  403  403
"""


def answers() -> dict[tuple[str, str, str], dict[str, str]]:
    """The declared answer of every (name, verb, place) by role."""
    found = {}
    for line in ANSWERS.strip().splitlines():
        name, verb, place, *said = line.split()
        if name == "#":
            continue
        if len(said) == 2:
            said += said[1:] * (len(ROLES) - 2)
        for where in ("here", "elsewhere") if place == "both" else (place,):
            found[name, verb, where] = dict(zip(ROLES, said, strict=True))
    for act in ACTS:
        found |= act.answers()
    return found
