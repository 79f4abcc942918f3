"""The sentence of every refusal: what is the matter, in figures where there are any. Codes come from the rules.

`%(fact)s` takes a fact of the refusal; one that is not given reads as a dash.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from flows.lights.words import FAULTS as LIGHT_FAULTS
from flows.plan.texts import REFUSALS
from hetang_flow.templatetags.hetang import day_short, moment

TEXTS: dict[str, Any] = {
    # engine
    "already-decided": _("Somebody else has dealt with this: %(who)s, %(when)s."),
    "task-closed": _("This task is closed: the matter has moved on."),
    "changed-meanwhile": _("This has changed since you opened it."),
    "too-often": _(
        "That was %(most)s times in %(minutes)s minutes, which is as often as this may be asked for. Try again in a minute."
    ),
    # one's own deadlines
    "address-needs-post": _("Only somebody who holds a post has deadlines and an address for them."),
    "address-made-meanwhile": _(
        "An address has been made since you opened this page, perhaps by a second press. If you did not see it, replace it."
    ),
    "address-gone": _("This address has been revoked already."),
    "busy": _("Somebody is working on this at this moment. Try again shortly."),
    "run-suspended": _("This matter is suspended and cannot be dealt with now."),
    "not-your-task": _("This task lies with %(post)s."),
    "own-submission": _("You submitted this yourself; somebody else has to decide it."),
    "signed-already": _("You have signed in this round already; somebody else has to decide this one."),
    "only-the-desk-hands-out": _("Only the desk of a unit hands out its tasks."),
    "colleague-submitted": _("That colleague submitted this matter; somebody else has to deal with it."),
    "colleague-signed": _("That colleague has signed in this round already."),
    "colleague-recused": _("That colleague has to stand aside in this matter (recusal)."),
    "administrator": _("Administrators see and decide no business."),
    "demonstration-only": _("Demonstration accounts act on demonstration projects only."),
    "no-contact-leader": _(
        "The project has no district contact leader who could approve it. Name one first."
    ),
    "reason-too-short": _("Give a reason of at least %(least)s characters; it has %(length)s."),
    "text-too-long": _("At most %(most)s characters; it has %(length)s."),
    "text-not-storable": _("The text holds characters that cannot be kept. Remove them and send it again."),
    "not-initiator": _("Only the initiator may withdraw this."),
    "somebody-signed": _("Somebody has signed in this round; it can no longer be withdrawn."),
    "not-a-colleague": _("That person holds no post in %(unit)s."),
    "no-post": _("You hold no post at present, so there is nothing you could act as."),
    "nothing-to-decide": _("There is nothing to decide at this step."),
    "decide-instead": _("This step is to be approved or returned."),
    "handed-in-by-form": _("This is handed in by the form on the sheet."),
    "not-your-turn": _("It is not your turn yet; others act first."),
    "recused": _("You have to stand aside in this matter (recusal); the alternate acts."),
    "not-by-this-policy": _("The rule of this step does not allow this."),
    "advice-only": _("You are asked for an opinion here; the decision lies with who asked."),
    "nothing-asked": _("Nobody asks you for an opinion here."),
    "opinion-missing": _("Write the opinion you were asked for."),
    "ask-yourself": _("That is your own post. Choose another."),
    "asked-already": _("%(post)s is asked in this step already."),
    "post-empty": _("Nobody holds %(post)s at present. Choose another."),
    "post-barred": _(
        "%(post)s must not sign here: submitted, signed at another level, or has to stand aside."
    ),
    "nobody-named": _("Choose at least one post."),
    "not-in-your-pool": _("This task does not lie in your unit's pool."),
    "claimed-already": _("A colleague has taken this task already."),
    "not-taken": _("Nobody has taken this task; it lies with the desk."),
    "not-added-by-you": _("Only who added a signer, or the campaign office, may take the signer off."),
    "signer-has-acted": _("This signer has acted already and stays."),
    "last-signer": _("The last signer of a step cannot be taken off."),
    "not-your-decision": _("This is not a decision of yours that could be taken back."),
    "moved-on": _("The matter has moved on; this can no longer be taken back."),
    "effect-happened": _("What followed this decision has happened and cannot be taken back."),
    "opened-already": _("The next person has opened it; it can no longer be taken back."),
    "others-were-closed": _("Your return has closed the steps of others; it can no longer be taken back."),
    "stands-without-you": _("The step would stand without your signature; there is nothing to take back."),
    "somebody-refused": _("Somebody has said no; a no is not withdrawn over."),
    "step-has-come": _("That step has come already; add signers there instead."),
    "suspended-already": _("It is suspended already."),
    "not-suspended": _("It is not suspended."),
    "not-finished": _("It is still under way; there is nothing to bring back."),
    "part-of-another": _(
        "This belongs to another matter that has gone on without it. Bring that one back instead."
    ),
    "effects-stand": _("What it decided has taken effect. Put that right in its own way instead."),
    "not-involved": _("You have no part in this matter."),
    "urged-just-now": _("Urged at %(when)s; possible again from %(again)s."),
    "lies-with-you": _("It lies with you; there is nobody to urge."),
    "not-copied": _("This was not sent to you for information."),
    "acknowledged-already": _("Confirmed already, %(when)s."),
    "not-secretary": _("You prepare no opinions for this post."),
    "not-a-way-back": _("A return leads only to a step that lies before this one and was dealt with."),
    "too-many-phrases": _("At most %(most)s phrases. Remove one first."),
    "nothing-chosen": _("Choose at least one matter."),
    "too-many-chosen": _("At most %(most)s matters at a time."),
    "field-not-writable": _("“%(field)s” cannot be changed at this step."),
    # figures of the month
    "month-of-no-project": _("Your unit serves no project with the number “%(value)s”."),
    "month-unreadable": _("“%(value)s” is no month. Write it as 2023-05."),
    "month-row-unexplained": _(
        "The figures are doubtful. Check them, or explain them in the column for explanations."
    ),
    "month-not-open": _("%(month)s cannot be reported yet: a month is open from its %(day)sth on."),
    "months-over": _("The project is over; it takes no more months."),
    "month-figure-missing": _("Both the investment and the progress are needed."),
    "progress-over-hundred": _("Progress goes up to %(most)s %%."),
    "month-reported-meanwhile": _(
        "%(who)s reported this month meanwhile (%(when)s). Look at what is there, then correct it."
    ),
    "month-unexplained": _("Check the figures, or explain them in at least %(least)s characters."),
    "invested-falls": _(
        "The investment since 1 January falls: %(was)s in %(month)s, now %(value)s (10,000 yuan)."
    ),
    "progress-falls": _("The progress falls: %(was)s %% in %(month)s, now %(value)s %%."),
    "invested-above-later": _(
        "%(month)s already reported less: %(was)s against %(value)s (10,000 yuan) here."
    ),
    "progress-above-later": _(
        "%(month)s already reported less progress: %(was)s %% against %(value)s %% here."
    ),
    "two-months-still": _("Under construction, but no investment for two months."),
    "more-than-total": _("More than the total investment: %(value)s of %(most)s (10,000 yuan)."),
    "well-over-plan": _("Far above the plan for the year: %(value)s against %(planned)s (10,000 yuan)."),
    "done-not-completed": _(
        "Progress is 100 %%, but the completion has not been confirmed. Ask for the milestone."
    ),
    "completed-with-obstacles": _("It is done, but %(count)s obstacles are still open."),
    # timetables
    "timetable-open": _("A timetable of this project is under way already."),
    "timetable-there-already": _("There is a timetable in force; ask for a change or an extension of it."),
    "no-timetable-yet": _("There is no timetable in force yet; lay one first."),
    "timetable-empty": _("A timetable needs at least one node."),
    "too-many-nodes": _("At most %(most)s nodes."),
    "node-without-name": _("Node %(row)s needs a name of at most 80 characters."),
    "node-without-day": _("“%(name)s” needs a planned day."),
    "node-days-implausible": _("“%(name)s” takes at most %(most)s working days."),
    "nodes-out-of-order": _("“%(name)s” is planned before “%(before)s”. Put the days in order."),
    "extension-changes-nodes": _("An extension moves days only. Ask for a change to add or leave out nodes."),
    "extension-moves-nothing": _("No day is moved, so there is nothing to extend."),
    "extension-of-done": _("“%(name)s” is done; its day is not extended."),
    "extension-too-late": _(
        "“%(name)s” was due on %(day)s. An extension is asked for before the day has passed."
    ),
    "extension-is-earlier": _("“%(name)s” cannot be extended to a day before %(day)s."),
    "timetable-changed-meanwhile": _("Another version took effect meanwhile. Begin anew from that one."),
    "post-not-of-the-project": _("“%(name)s”: who answers has to be of a service department or the owner."),
    "node-reported-meanwhile": _("%(who)s reported this node meanwhile (%(when)s). Look at it again."),
    "node-undone-without-words": _("Say why it is not done after all."),
    # targets
    "target-is-derived": _("“%(target)s” is counted from facts; nobody reports it."),
    "target-reported-meanwhile": _("%(who)s reported this target meanwhile (%(when)s). Look at it again."),
    "report-says-nothing": _("Say how far the target is."),
    "report-without-source": _("Name the source of the figure."),
    "not-to-be-taken-out": _("Lists are taken out by posts of the district only."),
    # workbooks
    "workbook-empty": _("The file is empty."),
    "workbook-too-large": _("The file is larger than %(most)s MB. Split it."),
    "workbook-too-many-rows": _("More than %(most)s rows. Split the file."),
    "workbook-too-many-columns": _("More than %(most)s columns. Remove what does not belong."),
    "workbook-is-web-page": _(
        "This is a web page that was saved as a workbook. Open it and save it as .xlsx."
    ),
    "workbook-unknown": _("This is no workbook. Send .xlsx, .xls, .ods or .csv."),
    "workbook-overflows": _(
        "The file grows too large when it is opened: a sheet may have something far outside its table. Copy the table into a new file and send that."
    ),
    "workbook-broken": _("The file is damaged and cannot be read. Open it, save it anew and send it again."),
    "workbook-locked": _("The file is locked by a password. Take the password off and send it again."),
    "header-not-found": _("No row names the columns. Wanted: %(columns)s."),
    "unit-differs": _("The column is in %(unit)s and cannot be turned into %(wanted)s."),
    "column-missing": _("The table has no column “%(name)s”, which is needed."),
    "column-twice": _("“%(name)s” stands here twice, first in %(first)s, which was read. Remove one."),
    "cell-is-error": _("“%(name)s” holds an error of a formula. Put the value there."),
    "formula-uncalculated": _(
        "“%(name)s” holds a formula nobody calculated. Open the file, save it and send it again."
    ),
    "digits-lost": _(
        "“%(name)s”: %(value)s lost its last digits, because it was kept as a number. Keep it as text."
    ),
    "telephone-not-kept": _("“%(name)s” holds a telephone number. Take it out: contacts are not kept here."),
    "period-unreadable": _("“%(name)s”: “%(value)s” is no period. Write it as 2021.10-2026.10."),
    "planned-above-total": _(
        "The plan for the year (%(value)s) is above the total investment (%(most)s), in 10,000 yuan."
    ),
    "unit-unknown": _("“%(name)s”: nobody knows “%(value)s”. Nearest: %(near)s."),
    "leader-unknown": _("“%(name)s”: “%(value)s” is no leader on the list. Nearest: %(near)s."),
    "project-there-already": _("“%(value)s” is there already (%(code)s)."),
    "project-twice-in-file": _("“%(value)s” stands in the file twice, first in row %(row)s."),
    "import-has-problems": _(
        "%(count)s problems. Nothing was taken in; correct the file, or take the good rows only."
    ),
    "import-brings-nothing": _("No row could be taken in."),
    "parties-not-confirmed": _("Confirm these new outside parties first: %(names)s."),
    "import-taken": _("This was taken in already (%(when)s)."),
    "import-not-read": _("The file is still being read."),
    # ledgers
    "ledger-row-wrong": _("%(count)s cells cannot be right. Nothing was kept."),
    "not-ledger-keeper": _("Only an officer or the desk of a unit that keeps this ledger writes it."),
    "ledger-row-there-already": _("Your unit has written this row already: every cell says the same."),
    "stage-without-day": _("“%(amount)s” is given, so “%(name)s” has to be given too."),
    "stage-without-figure": _("“%(day)s” is given, so “%(name)s” has to be given too."),
    "stage-before-earlier": _("“%(name)s” lies before “%(earlier)s” (%(day)s)."),
    "row-twice-in-file": _("Every cell says the same as row %(row)s."),
    "ledger-row-of-another-unit": _("Another unit wrote this row; only that unit changes it."),
    "ledger-row-withdrawn": _("%(who)s withdrew this row (%(when)s)."),
    "ledger-row-changed": _("%(who)s changed this row meanwhile (%(when)s). Look at it again."),
    "cell-missing": _("“%(name)s” is needed."),
    "cell-not-a-choice": _("“%(name)s”: “%(value)s” is not one of %(known)s."),
    "cell-not-yes-or-no": _("“%(name)s”: write yes or no, not “%(value)s”."),
    "figure-not-whole": _("“%(name)s” takes whole numbers only."),
    # projects
    "evidence-missing": _("Not complete yet. Missing: %(missing)s."),
    "blocked-by-obstacles": _("Blocked by open obstacles: %(obstacles)s. They have to be struck off first."),
    "not-on-the-checklist": _("“%(item)s” is not on this checklist."),
    "not-being-drafted": _("This milestone has been submitted; it cannot be changed now."),
    "phase-moved-meanwhile": _("The project is in the phase “%(phase)s” by now."),
    "no-gate": _("The plan has no checklist for “%(move)s”."),
    "milestone-open": _("Another milestone of this project is still open."),
    "correction-open": _("A correction of this project is still open."),
    "something-open": _("A milestone or a correction of this project is still open."),
    "not-service-unit": _("Only an officer of a service department of this project may do this."),
    "not-campaign-office": _("Only the project campaign office may do this."),
    "move-not-from-phase": _("This cannot be started from the phase the project is in."),
    "phase-not-on-path": _("A correction leads to one of the six phases."),
    "phase-unchanged": _("The project is in that phase already."),
    # what recurs
    "report-too-short": _("A report has at least %(least)s characters; this one has %(length)s."),
    "report-too-long": _("A report has at most %(most)s characters; this one has %(length)s."),
    "report-not-written": _(
        "The report is not written yet. Write at least %(least)s characters, then hand it in."
    ),
    "no-such-occurrence": _("There is no such obligation, or it is none of your business."),
    # the pool
    "not-a-unit-s-officer": _("Only an officer or the desk of a unit may propose a project."),
    "investment-implausible": _("A total investment lies above 0 and at most at %(most)s (10,000 yuan)."),
    "construction-backwards": _("Construction ends on %(last)s, before it begins on %(first)s."),
    "findings-missing": _("Not judged yet: %(missing)s. Record the findings first."),
    "findings-against": _("Found against it: %(failed)s. Return it, or correct the finding."),
    "not-line-contact": _("Only the lead departments of the line that did not propose it may do this."),
    "not-in-the-pool": _("The proposal is not in the pool."),
    "no-such-tier": _("There is no such tier."),
    "tier-unchanged": _("The proposal stands on that tier already."),
    "tier-missing": _("Choose the tier first; it is taken in on one."),
    "not-ready-to-start": _("Only what stands on the tier “ready to start” goes into the year's list."),
    "promotion-open": _("It is on its way into the year's list already."),
    "no-such-question": _("This is no question of the present stage."),
    "finding-needs-words": _("“%(name)s”: say in the remark what is wanting or on which condition."),
    "no-such-proposal": _("There is no such proposal, or it is none of your business."),
    "no-such-line": _("There is no such campaign line."),
    "not-a-unit-of-the-line": _("The service department must be a unit of the line."),
    "not-a-leader-of-the-line": _("Choose at least one leader of the line."),
    "planned-beyond-total": _("The plan for the year lies above 0 and at most at the total investment."),
    # obstacles
    "not-obstacle-raiser": _(
        "Obstacles are raised by an officer of a service department of this project, or by its owner's contact."
    ),
    "project-over": _("This project is over; nothing stands in its way any more."),
    "not-reporting": _(
        "Stages and figures are reported by the unit that deals with it, by the service departments and by the campaign office."
    ),
    # calendar
    "calendar-line-unreadable": _("“%(said)s” is not a day, 休 or 班, and a name."),
    "calendar-line-kind": _("“%(said)s” says neither 休 nor 班."),
    "calendar-line-no-day": _("“%(said)s” names a day that does not exist."),
    "calendar-line-backwards": _("“%(said)s” ends before it begins, or is longer than a month."),
    "calendar-line-other-year": _("“%(said)s” does not lie in %(year)s."),
    "calendar-line-work": _("“%(said)s”: a make-up working day is a single Saturday or Sunday."),
    "calendar-line-twice": _("%(day)s was named before."),
    "calendar-too-many-lines": _("At most %(most)s lines."),
    "verdict-missing": _("Say whether the measure is taken."),
    # lights
    **LIGHT_FAULTS,
    "light-scheme-unnamed": _("Give the scheme a name."),
    "scheme-proposed-already": _("Rules are proposed already: %(who)s, %(when)s. Decide about those first."),
    "scheme-moved-meanwhile": _("Other rules have been published since you began. Open the form again."),
    "scheme-decided-already": _("This has been decided: %(who)s, %(when)s."),
    "not-scheme-confirmer": _("The desk of the headquarters office confirms the rules of the lights."),
    "own-proposal": _("You proposed this yourself; somebody else has to confirm it."),
    "obstacle-over": _("This obstacle is over; it can no longer be changed."),
    "obstacle-not-there": _("This obstacle is not at that step now."),
    "obstacle-not-sorted": _("Sort it first: choose its kind and the level that coordinates it."),
    "obstacle-not-assigned": _("Assign it first: choose the unit and the day by which it answers."),
    "measure-missing": _("Say what was done about it first."),
    "not-coordinating": _(
        "It is raised by whoever coordinates it now, by the unit that deals with it, by who raised the obstacle, or by the campaign office."
    ),
    "top-level": _("It is at the highest level of coordination already."),
    "level-goes-down": _("It has been raised to “%(level)s” and is not taken down again."),
    "title-missing": _("Say in one sentence what stands in the way."),
    "no-such-level": _("Choose one of the levels of coordination."),
    "no-such-kind": _("Choose one of the kinds of obstacle."),
    "no-such-move": _("Choose one of the milestones, or none."),
    "no-such-unit": _("Choose a unit that has a desk."),
    "no-such-stage": _("This kind of obstacle has no such stage."),
    "no-such-figure": _("This kind of obstacle has no such figure."),
    "no-such-permit": _("The plan has no baseline for this permit."),
    "stage-goes-back": _(
        "It has reached “%(stage)s” already. A stage reported wrongly is corrected, not gone back from."
    ),
    "stage-reached": _("“%(stage)s” is reported already."),
    "day-before-last-stage": _("The day (%(day)s) lies before the stage reported last (%(least)s)."),
    "due-day-gone": _("%(day)s has gone by. Choose today or a later day."),
    "due-day-too-far": _("%(day)s is more than a year away. Choose an earlier day."),
    "permit-days": _("Give the working days it took, a whole number up to %(most)s."),
    "permit-documents": _("Give the number of documents, a whole number up to %(most)s."),
    # the rules of approval
    "policy-moved-meanwhile": _(
        "Somebody else has published “%(policy)s” meanwhile. Look at the version in force and propose again."
    ),
    "policy-unsound": _("This version cannot be used. %(what)s"),
    "nothing-changes": _(
        "Nothing differs from the version in force, and no matter is chosen to go on under it."
    ),
    "move-proposed": _("A move of this matter is proposed already and waits for confirmation."),
    "no-step-of-people": _("A matter is moved only to a step at which people act."),
    "stands-there": _("The matter stands at “%(step)s” already."),
    "other-branch": _("“%(step)s” lies in another branch. A matter is moved within its branch only."),
    "gate-not-passed": _(
        "“%(gates)s” is a gate that nobody has signed in this round; it is never moved past."
    ),
    # people: who stands in for whom, who sits where
    "substitute-not-yours": _(
        "The substitute for %(post)s is named by its holder, by the head or desk of its unit, or by the campaign office."
    ),
    "substitute-own-post": _("A post cannot stand in for itself."),
    "substitute-duty": _("%(post)s prepares or reports and never decides, so it stands in for nobody."),
    "substitute-days": _("The first day is today or later, and the last day is not before it."),
    "substitute-too-long": _("At most %(most)s days. Whoever is away for longer hands the post over."),
    "substitute-overlaps": _("Somebody stands in for this post on some of these days already."),
    "substitute-cycle": _("On some of these days the two posts would stand in for each other."),
    "substitute-chain": _(
        "The substitute is away as well on some of these days; at most %(most)s posts stand in one after another."
    ),
    "substitute-over": _("This substitution is over already."),
    "not-to-yourself": _(
        "Nobody gives themselves a post or names themselves a substitute for somebody else's."
    ),
    "post-not-yours": _(
        "Who holds %(post)s is settled by the head or desk of its unit, or by the campaign office."
    ),
    "day-gone": _("%(day)s has gone by; what was then stays as it was."),
    "appointed-already": _("That person holds %(post)s already."),
    "appointment-over": _("This appointment is over already."),
    "no-power": _("Only the head or desk of a unit and the campaign office may do this."),
    "nothing-to-hand-over": _("That person holds no post that you could hand over."),
    "successor-is-leaver": _("The successor has to be somebody else."),
    "receiver-administrator": _("An administrator holds no post."),
    "locked-out": _(
        "Too many wrong passwords. Try again in a quarter of an hour, or ask the security administrator."
    ),
    "not-locked": _("This lock is open already."),
    "second-factor-due": _("Set up your second factor first."),
    "password-due": _("Change your password first."),
    "session-idle": _("You were signed out because nothing was done for half an hour."),
    "session-long": _("You were signed out because eight hours have passed. Sign in again."),
    "no-such-account": _("There is no such account."),
    "account-in-use": _(
        "%(who)s is still in use: close the account and end its appointments first; then the name can go."
    ),
    "receiver-inactive": _("That account is closed."),
    # evidence files, figures and dates
    "file-type": _("“%(file)s” is of a kind that is not accepted. Use %(allowed)s."),
    "file-empty": _("“%(file)s” is empty. Choose the file again."),
    "file-too-large": _("“%(file)s” is larger than %(most)s MB. Reduce it or split it."),
    "file-not-what-it-says": _(
        "“%(file)s” is not a %(extension)s file (it looks like %(looks)s). Save it in the right format and upload it again."
    ),
    "file-encrypted": _("“%(file)s” is protected by a password. Upload it without one."),
    "file-broken": _("“%(file)s” cannot be opened; it is damaged. Export or scan it again."),
    "file-two-faced": _(
        "“%(file)s” holds a web page inside a picture. Save the picture anew and upload it again."
    ),
    "file-infected": _(
        "The scanner found %(found)s in “%(file)s”. It was not kept; tell your administrator."
    ),
    "file-not-scanned": _(
        "“%(file)s” could not be checked for malware and was not kept. Try again in a few minutes; if it stays so, tell your administrator."
    ),
    "file-has-macros": _("“%(file)s” contains macros or programs. Save it without them."),
    "file-unpacks-too-large": _("“%(file)s” unpacks to an unreasonable size. Save it anew."),
    "picture-too-large": _("“%(file)s” has more picture points than can be shown. Reduce it."),
    "too-many-pages": _("“%(file)s” has too many pages. Split it."),
    "not-your-matter": _("Files are added by whoever is asked for this matter, or started it."),
    "matter-over": _("This matter is over; nothing is added to it."),
    "takes-no-files": _("This kind of matter takes no files."),
    "not-your-file": _("Only whoever brought a file takes it away."),
    "file-handed-in": _("This file was handed in with work that has been dealt with; it stays."),
    "file-missing": _("No file was chosen."),
    "upload-too-large": _("Together the files are larger than %(most)s MB. Upload fewer at a time."),
    "too-many-files": _("At most %(most)s files lie before the approvers at a time. Take one out first."),
    "files-too-large": _("Together the files would exceed %(most)s MB. Reduce them or take some out."),
    "day-unreadable": _("“%(name)s” is not a date."),
    "figure-unreadable": _("“%(name)s” is not a figure."),
    "figure-negative": _("“%(name)s” cannot be negative."),
    "figure-too-large": _("“%(name)s” is larger than can be kept. Check the unit."),
    "figure-too-fine": _("“%(name)s” takes at most two decimals."),
    "day-in-future": _("“%(name)s” lies in the future (%(day)s). Report what has happened."),
    "day-implausible": _("“%(name)s” (%(day)s) cannot be right. Check the year."),
    "day-before-earlier-gate": _("“%(name)s” (%(day)s) lies before “%(of)s” (%(least)s)."),
    "value-of-wrong-kind": _("“%(name)s” was given something of another kind."),
    # the calendar
    "limit-negative": _("A limit cannot be negative; %(limit)s was given."),
    "limit-too-long": _("A limit of %(limit)s working days is longer than the %(longest)s allowed."),
    "day-beyond-calendar": _("The calendar reaches from the year %(first)s to %(last)s."),
    "cadence-impossible": _("This cadence is impossible: %(field)s cannot be %(value)s."),
    "not-calendar-keeper": _("%(who)s does not keep the calendar; the system administrator does."),
    "calendar-day-outside-year": _("%(day)s does not lie in %(year)s."),
    "calendar-day-twice": _("%(day)s is given twice."),
    "calendar-day-unnamed": _("%(day)s has no name; say which holiday it belongs to."),
    "calendar-year-empty": _("There is no holiday arrangement for %(year)s in what was given."),
    "calendar-year-unknown": _("%(source)s has no holiday arrangement for %(years)s."),
    "calendar-version-unknown": _("There is no calendar version %(version)s."),
    # the record, accounts
    "reason-missing": _("Please give a reason."),
    "nothing-to-forget": _("There is nothing left to remove."),
    "security-administrator-only": _("Only the security administrator confirms this."),
    "leaver-not-closed": _("The system administrator has to close this account first."),
    "own-account": _("This is your own account: another administrator looks after it."),
    "account-closed-already": _("This account is closed already."),
    "account-open-already": _("This account is open already."),
    "last-administrator": _("This is the last administrator of its kind. Make another first."),
    "administrators-only": _("Only an open account of one of the three administrators."),
    "code-wrong": _("Account and code do not belong together, or the code is used up or too old."),
    "sso-unknown": _("This sign-on opens no account here. Sign in with your password and link it first."),
    "sso-failed": _(
        "The single sign-on did not answer as it should. Try again, or sign in with your password."
    ),
    "sso-needs-password": _("Sign in with your password first, then link the single sign-on."),
    "sso-linked-elsewhere": _("This sign-on opens another account already."),
    "pin-six-digits": _("The PIN has six digits."),
    "pin-too-plain": _("This PIN is guessed at once: no repeated and no consecutive digits."),
    "pin-twice": _("The two PINs are not the same."),
    "pin-wrong": _("The PIN is not right."),
    "phone-name": _("Give the phone a name of %(most)s signs at most."),
    "phone-guessed": _(
        "The PIN was wrong too often: this phone is no longer known. Sign in with your password."
    ),
    "phone-second-factor": _("Your post signs in with two factors each time: its phone is not remembered."),
    "phone-needs-password": _(
        "Sign in with your password first; a phone that is known makes no other one known."
    ),
    "no-mail-address": _("No mail address is kept of this account."),
    "list-settled": _("This list is settled already."),
    "account-list-wrong": _("Something in the list is wrong. Nothing was kept."),
    "account-list-empty": _("Below the header the table has no rows."),
    "account-name-odd": _(
        "An account has 2 to 60 letters, digits, full stops, hyphens or underscores, and is no number alone."
    ),
    "account-person-too-long": _("A name has at most %(most)s characters."),
    "account-name-differs": _("This account is already that of %(known)s."),
    "account-exists": _("There is such an account already; an administrator gets an account of their own."),
    "account-half-a-post": _("Unit and post belong together: give both or neither."),
    "account-unit-unknown": _("There is no unit “%(value)s”."),
    "account-post-unknown": _("“%(unit)s” has no post “%(value)s”."),
    "account-invented": _("This is an account of the demonstration."),
    "account-unknown": _("There is no account “%(value)s”."),
    "account-of-administrator": _(
        "An administrator does not leave by a list: close the account on its own page."
    ),
    "successor-leaves-too": _("Whoever takes over stands among the leavers as well."),
    "administrators-exist": _("There are administrators already; nothing was changed."),
    # forms
    # line plans
    "not-of-a-lead-department": _(
        "A line's plan is filed by an officer or the desk of one of its lead departments."
    ),
    "line-plan-open": _("A plan of this line is being filed already. Open that one."),
    "line-plan-not-written": _("%(count)s parts of the plan are not written yet. Write them first."),
    "shares-do-not-add-up": _(
        "%(count)s things in the shares are still to be put right, beginning with “%(target)s”."
    ),
    "cell-too-long": _("A figure has at most %(most)s characters."),
    "unit-not-of-the-plan-line": _("%(target)s, row “%(row)s”: this unit is none of the line's."),
    "target-without-units": _("%(target)s: no unit is named yet. Name who is responsible."),
    "unit-without-figure": _(
        "%(target)s, row “%(row)s”: no quarter has a figure. Fill one or take the unit out."
    ),
    "share-not-a-figure": _("%(target)s, row “%(row)s”, quarter %(quarter)s: “%(typed)s” is not a figure."),
    "share-not-whole": _("%(target)s, row “%(row)s”, quarter %(quarter)s: %(typed)s is not a whole number."),
    "quarter-misses-target": _(
        "%(target)s, row “total”, quarter %(quarter)s: %(total)s instead of %(value)s %(unit)s."
    ),
    "shares-below-target": _(
        "%(target)s, row “total”, column “year”: %(total)s of %(value)s %(unit)s; %(gap)s are missing."
    ),
    "shares-above-target": _(
        "%(target)s, row “total”, column “year”: %(total)s of %(value)s %(unit)s; %(gap)s too many."
    ),
    # the year-end assessment
    "only-units-are-scored": _("Only units are assessed; persons and campaign bodies are never scored."),
    "not-of-the-campaign-office": _("Only the campaign office begins the assessment."),
    "no-assessment-scheme": _("The plan names no criteria of assessment."),
    "assessment-begun": _("This plan's assessment has been begun already."),
    # discipline
    "not-an-inspector-here": _("Only an inspector of the discipline commission enters a clue."),
    "not-the-intake": _("Only the intake gives a case to others."),
    "not-a-handler": _("Only whoever handles the case does this."),
    "handlers-missing": _("Choose %(least)s to %(most)s people who handle it."),
    "handler-not-free": _("One of those you chose holds no such post or has to stand aside. Choose others."),
    "disposition-missing": _("Choose a disposition."),
    "conclusion-missing": _("Write the conclusion first."),
    "case-not-taken-in": _("Say first whether it is accepted."),
    "case-not-there": _("It does not wait for this at the moment."),
    "case-not-under-way": _("It is not under way any more, or not yet."),
    "letter-unknown": _("Choose the kind of letter."),
    "too-many-supplements": _("There are %(most)s supplements already, which is as many as are kept."),
    "field-key-missing": _(
        "This cannot be opened here at the moment: the key it was sealed with is missing. Nothing is lost. Call the operators."
    ),
    # supervision
    "not-headquarters": _("Only the headquarters office may do this."),
    "ground-by-facts": _("That ground follows from the facts; nobody enters it by hand."),
    "rung-not-entered": _("The ladder lets nothing of this ground begin at that rung. Choose another."),
    "subject-spared": _("%(unit)s is reminded only; nothing is entered about it here."),
    "no-such-subject": _("Choose the unit it is about."),
    "person-without-post": _("Say in which post the person is named."),
    "post-not-of-unit": _("That post does not belong to %(unit)s."),
    "person-not-in-post": _("That person does not hold %(post)s now."),
    "no-ladder": _("The plan has no ladder in force yet."),
    "gravity-missing": _("Say whether the case is grave or not."),
    "not-weighed": _("Say how grave it is, whether it is done, and why."),
    "answer-missing": _("Say first what was done about it."),
    "closed-by-facts": _(
        "Facts opened this, and only facts close it: once it is done it is closed by itself."
    ),
    "supervision-over": _("This is closed already."),
    "supervision-not-there": _("It does not wait for this at the moment."),
    "ladder-proposed-already": _("Another version of the ladder is proposed already. Decide on it first."),
    "ladder-decided": _("This version is decided on already."),
    "ladder-unreadable": _("This does not read as a ladder: %(why)s"),
    "ladder-faulty": _("The ladder cannot be used. %(sentence)s"),
    # inspections
    "not-inspecting": _("Only the inspectors of this round and the headquarters office may do this."),
    "inspects-own-work": _("Nobody inspects a project that their own unit serves or owns."),
    "called-off-already": _("This round has been called off already."),
    "materials-day-gone": _("Materials cannot be due on %(day)s: that day has gone by."),
    "materials-after-visit": _(
        "Materials are due on %(day)s, after the first visit on %(first)s. Ask for them earlier."
    ),
    "round-ends-before": _("The round would end on %(day)s, before it begins on %(first)s."),
    "round-too-long": _("A round lasts at most %(most)s days from the day materials are due."),
    "no-inspectors": _("Choose at least one post that inspects."),
    "too-many-inspectors": _("At most %(most)s posts inspect in one round."),
    "not-an-inspector": _("Only posts of the headquarters office and of member units inspect."),
    "no-projects": _("Choose at least one project that is under way."),
    "too-many-projects": _("At most %(most)s projects in one round."),
    "nobody-free-to-inspect": _(
        "Nobody of those chosen could inspect %(projects)s: they all belong to a unit that serves or owns it. Add another post."
    ),
    "too-few-words": _("Say it in at least %(least)s characters; it has %(length)s."),
    "too-many-findings": _("A visit takes at most %(most)s findings."),
    "visit-reported-already": _("The visit has been handed in; what was found stands."),
    "visit-not-reported": _("Say first on which day the site was visited, and what was found."),
    "visit-day-missing": _("Say on which day the site was visited."),
    "visit-before-round": _("The round begins on %(first)s; the visit cannot have been on %(day)s."),
    "found-and-nothing": _("%(count)s findings are noted; take them back, or leave “nothing found” out."),
    "findings-or-nothing": _("Note what was found, or say that nothing was found."),
    "visit-not-there": _("The visit does not wait for this at the moment."),
    "visit-not-seen": _("Sign on the form of the sheet that it was seen."),
    "materials-missing": _("Say first what is handed in."),
    "finding-taken-back": _("This finding has been taken back."),
    "finding-not-handed-in": _("Something is opened of a finding only once the visit is handed in."),
    "finding-opened": _("This finding has opened it already."),
    "no-such-opening": _("A finding does not open this."),
    "own-unit": _("Nobody decides on a unit they belong to. A colleague of another unit does it."),
    "no-such-score": _("“%(name)s”: a score is a figure from 0 to 100 with at most one decimal."),
    "score-needs-a-reason": _("“%(name)s”: give a reason of at least %(least)s characters."),
    "scores-missing": _("%(count)s scores are still missing. Decide them first."),
    "not-of-this-unit": _("Only the unit itself objects to its assessment."),
    "not-notified-yet": _("Objections are raised once the units are told, and before it is confirmed."),
    "objection-too-late": _("Objections could be raised until %(until)s."),
    "objected-already": _("Your unit has objected already."),
    "objection-needs-words": _("Say it in at least %(least)s characters."),
    "scored-it-before": _("Whoever scored a unit does not answer its objection."),
    "objection-answered": _("This objection has been answered already."),
    "objections-unanswered": _("%(count)s objections are still to be answered."),
    "objections-still-open": _("Units may object until %(until)s; hand it on after that."),
    "form-incomplete": _("Something is missing or cannot be read. Nothing was submitted."),
    # notices
    "quiet-hours-need-both-ends": _("Quiet hours need a time when they begin and another when they end."),
    "no-such-bot": _("This bot is not offered here. Choose one of the list."),
    "not-a-bot-address": _(
        "This is not an address of that bot. Copy the whole address from the bot's own page."
    ),
    # statuses
    "signed-out": _("You are signed out. Sign in again; what you wrote here stays until then."),
    "forbidden": _("This is not open to you."),
    "not-found": _("There is no such page, or it is not open to you."),
}

TEXTS |= REFUSALS

# What is absent and what is none of this person's business read alike.
TEXTS |= dict.fromkeys(
    ("no-such-run", "no-such-task", "no-such-project", "no-such-milestone", "no-such-evidence", "no-such-item",
     "no-such-page", "no-such-file", "no-such-post", "no-such-phrase", "no-such-person", "no-such-substitution",
     "no-such-appointment", "no-such-policy", "no-such-obstacle", "no-such-fact", "no-such-ledger", "no-such-row",
     "no-such-import", "no-such-timetable", "no-such-supervision", "no-such-case", "no-such-ladder", "no-such-node",
     "no-such-line-plan", "no-such-target", "no-such-assessment", "no-such-assessed-unit", "no-such-objection",
     "no-such-plan", "no-such-scheme", "no-such-letter", "no-such-address",
     "no-such-round", "no-such-visit", "no-such-finding", "no-such-feed", "no-such-list",
     "system-administrator-only"),
    TEXTS["not-found"],
)  # fmt: skip

FALLBACK = _("This cannot be done now (%(code)s).")


class _Facts(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return "—"


def _spoken(value: Any) -> Any:
    """A fact as people say it."""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day_short(value)
    if isinstance(value, str) or not isinstance(value, Iterable):
        return value
    return "、".join(str(_spoken(item)) for item in value)


def sentence(code: str, facts: Mapping[str, Any] | None = None) -> str:
    """The sentence for a refusal in the reader's language; an unknown code names itself."""
    told = _Facts({name: _spoken(value) for name, value in (facts or {}).items()} | {"code": code})
    return str(TEXTS.get(code, FALLBACK)) % told
