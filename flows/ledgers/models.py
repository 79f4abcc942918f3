"""Ledgers (台账) as data: a kind with its columns, and rows of which no version is ever changed."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from flows.projects.triggers import append_only


class LedgerKind(models.Model):
    """What a ledger holds, as the plan file says it; changed columns are a new version, rows keep theirs."""

    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="ledgers")
    code = models.SlugField(max_length=40)
    version = models.PositiveSmallIntegerField(default=1)
    name = models.CharField(max_length=60)
    owners = models.JSONField(default=list)
    columns = models.JSONField()
    day = models.SlugField(max_length=40)
    stages = models.JSONField(default=list)
    counts = models.JSONField(default=list)
    quota = models.PositiveSmallIntegerField(null=True)
    quota_line = models.SlugField(max_length=40, blank=True)
    due = models.CharField(max_length=60, blank=True)
    order = models.PositiveSmallIntegerField()
    clause = models.CharField(max_length=60)

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "code", "version"], name="ledger_kind_version")
        ]

    def __str__(self):
        return self.name


class LedgerRow(models.Model):
    """One version of a row: a correction or a withdrawal is the next version, so two never follow the same one."""

    row = models.UUIDField(default=uuid.uuid4)
    version = models.PositiveIntegerField(default=1)
    kind = models.ForeignKey(LedgerKind, models.PROTECT, related_name="rows")
    unit = models.ForeignKey("permissions.Organisation", models.PROTECT, related_name="+")
    happened_on = models.DateField()
    values = models.JSONField()
    withdrawn = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)
    recorded = models.DateTimeField()
    recorded_by = models.ForeignKey("permissions.User", models.PROTECT, related_name="+")
    is_demo = models.BooleanField(default=False)

    class Meta:
        triggers = [append_only("ledger_row")]
        constraints = [models.UniqueConstraint(fields=["row", "version"], name="ledger_row_version")]
        indexes = [models.Index(fields=["kind", "-happened_on"], name="rows_of_ledger")]


class LedgerImport(models.Model):
    """A workbook that is to come in: looked at first, taken when somebody says so. The file itself is not kept.

    `code` is a ledger's, or `projects` for the annex; `reading` is what was read until it is taken.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting to be read")
        READ = "read", _("read")
        TAKEN = "taken", _("taken in")
        FORGOTTEN = "forgotten", _("thrown away")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="+")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=160)
    sha256 = models.CharField(max_length=64)
    data = models.BinaryField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    reading = models.JSONField(null=True)
    good = models.PositiveIntegerField(default=0)
    bad = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list)
    told = models.JSONField(default=dict)
    unit = models.ForeignKey("permissions.Organisation", models.PROTECT, null=True, related_name="+")
    uploaded = models.DateTimeField()
    uploaded_by = models.ForeignKey("permissions.User", models.PROTECT, related_name="+")
    taken = models.DateTimeField(null=True)
    rows = models.PositiveIntegerField(default=0)
