"""The compartment: cases, who knows of them, what was said in them, the frozen dossier, letters. No score of a person."""

import uuid

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from flows.discipline import rules
from flows.discipline.sealed import SealedText


def kept(name: str, *sealed: str) -> list[pgtrigger.Trigger]:
    """Rows that stay as they were written; only under another key may the sealed columns be written again."""
    without = "".join(f" - '{column}'" for column in sealed)
    return [
        pgtrigger.Protect(name=f"{name}_is_not_deleted", operation=pgtrigger.Delete),
        pgtrigger.Trigger(
            name=f"{name}_is_only_resealed",
            operation=pgtrigger.Update,
            when=pgtrigger.Before,
            func=f"""
                IF to_jsonb(NEW){without} IS DISTINCT FROM to_jsonb(OLD){without} THEN
                    RAISE EXCEPTION 'discipline: what was written stays'
                        USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN NEW;
            """,
        ),
    ]


class Commission(models.Model):
    """Who takes cases in, in the district and at the city, by the plan."""

    plan = models.OneToOneField("campaigns.Plan", models.PROTECT, related_name="commission")
    intake = models.ForeignKey("permissions.Post", models.PROTECT, related_name="+")
    city = models.ForeignKey("permissions.Post", models.PROTECT, related_name="+")


class Disposition(models.Model):
    """处置方式: what is done with a case, within how many working days, and whose approval it needs."""

    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="dispositions")
    code = models.SlugField(max_length=30)
    name = models.CharField(max_length=40)
    days = models.PositiveSmallIntegerField()
    approver = models.ForeignKey("permissions.Post", models.PROTECT, related_name="+")
    order = models.PositiveSmallIntegerField()
    clause = models.CharField(max_length=60)
    retired = models.BooleanField(default=False)

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["plan", "code"], name="disposition_in_plan")]

    def __str__(self):
        return self.name


class Case(models.Model):
    """案件: from a confirmed referral or a clue; its run and its chain of the record are its own and say nothing."""

    class State(models.TextChoices):
        OPEN = "open", _("under way")
        DECLINED = "declined", _("not accepted")
        CLOSED = "closed", _("closed")
        HANDED = "handed", _("handed to the city level")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(max_length=9, unique=True, default=rules.drawn_number)
    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="+")
    run = models.OneToOneField("engine.Run", models.PROTECT, null=True, related_name="+")
    chain = models.OneToOneField("journal.Chain", models.PROTECT, related_name="+")
    measure = models.OneToOneField("supervision.Measure", models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey("permissions.Organisation", models.PROTECT, related_name="+")
    person = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")
    project = models.ForeignKey("projects.Project", models.PROTECT, null=True, related_name="+")
    line = models.ForeignKey("campaigns.CampaignLine", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    accepted = models.DateTimeField(null=True)
    disposition = models.ForeignKey(Disposition, models.PROTECT, null=True, related_name="+")
    disposed = models.DateTimeField(null=True)
    due_on = models.DateField(null=True)
    concluded = models.DateTimeField(null=True)
    city_why = models.CharField(max_length=20, blank=True)
    opened = models.DateTimeField()
    opened_by = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")
    closed = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-opened", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", closed__isnull=True) | ~Q(state="open") & Q(closed__isnull=False),
                name="a_case_that_is_over_has_a_day",
            ),
            models.CheckConstraint(
                condition=Q(measure__isnull=False) | Q(opened_by__isnull=False),
                name="a_case_comes_from_a_referral_or_a_person",
            ),
        ]

    def __str__(self):
        return self.number


class Admission(models.Model):
    """Who knows of a case, by a post or in person in that post, since when and until when."""

    class Role(models.TextChoices):
        INTAKE = rules.INTAKE, _("takes cases in")
        HANDLER = rules.HANDLER, _("handles it")
        APPROVER = rules.APPROVER, _("approves")
        CITY = rules.CITY, _("city level")

    case = models.ForeignKey(Case, models.PROTECT, related_name="admissions")
    role = models.CharField(max_length=8, choices=Role.choices)
    post = models.ForeignKey("permissions.Post", models.PROTECT, related_name="+")
    person = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "role", "post"], condition=Q(until=None), name="admitted_once_to_a_case"
            )
        ]


class Word(models.Model):
    """Something said in a case, in the words of a person, sealed: the clue, a reason, a conclusion."""

    class Kind(models.TextChoices):
        CLUE = "clue", _("clue")
        ACCEPT = "accept", _("why it was accepted")
        DECLINE = "decline", _("why it was not accepted")
        PROPOSE = "propose", _("why this disposition")
        AGREE = "agree", _("opinion of the approving leader")
        RETURN = "return", _("why it was returned")
        CONCLUDE = "conclude", _("conclusion")
        ASSIGN = "assign", _("why others handle it")

    case = models.ForeignKey(Case, models.PROTECT, related_name="words")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    text = SealedText()
    said = models.DateTimeField()
    said_by = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")
    post = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["said", "pk"]
        triggers = kept("word_of_a_case", "text")


class Dossier(models.Model):
    """卷宗: what was known at the referral, frozen; its hash stands on it, and later facts are supplements."""

    case = models.OneToOneField(Case, models.PROTECT, related_name="dossier")
    number = models.CharField(max_length=9, unique=True, default=rules.drawn_number)
    body = SealedText()
    sha256 = models.CharField(max_length=64)
    frozen = models.DateTimeField()

    class Meta:
        triggers = kept("dossier", "body")


class Supplement(models.Model):
    """补充材料: what became known after the dossier was frozen; numbered within it, with a hash of its own."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="supplements")
    number = models.PositiveSmallIntegerField()
    in_favour = models.BooleanField()
    text = SealedText()
    sha256 = models.CharField(max_length=64)
    added = models.DateTimeField()
    added_by = models.ForeignKey("permissions.User", models.PROTECT, related_name="+")

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["dossier", "number"], name="supplement_of_dossier")]
        triggers = kept("supplement", "text")


class Letter(models.Model):
    """A letter that goes out on paper: 工作提示函, 监察建议, or the transfer to the city commission."""

    class Kind(models.TextChoices):
        REMINDER = "reminder", _("work reminder letter")
        SUGGESTION = "suggestion", _("supervisory suggestion")
        TRANSFER = "transfer", _("letter of transfer")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="letters")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    number = models.CharField(max_length=9, unique=True, default=rules.drawn_number)
    addressee = models.ForeignKey("permissions.Organisation", models.PROTECT, related_name="+")
    text = SealedText()
    written = models.DateTimeField()
    written_by = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["written", "pk"]
        triggers = kept("letter_of_a_case", "text")

    def __str__(self):
        return self.number
