"""The record: chains of entries, each bound to the one before; the database refuses to change them."""

import uuid

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from flows.journal.rules import ALGORITHM, GENESIS


class WrittenByAppendOnly(TypeError):
    """Somebody tried to save an entry; only flows.journal.operations.append writes here."""


class Chain(models.Model):
    """One row per subject (a project, a plan, a case): what is locked while its next entry is written.

    `head` is the hash of entry number `length`; a trigger lets them move only together with new entries.
    """

    class Kind(models.TextChoices):
        SYSTEM = "system", _("system")
        PLAN = "plan", _("campaign plan")
        CAMPAIGN = "campaign", _("campaign")
        PROJECT = "project", _("project")
        CASE = "case", _("case")
        CALENDAR = "calendar", _("working calendar")
        TARGET = "target", _("target")
        SETTINGS = "settings", _("business settings")
        FLOW = "flow", _("flow")

    kind = models.CharField(max_length=20, choices=Kind.choices)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200, blank=True)
    head = models.CharField(max_length=64, default=GENESIS, editable=False)
    length = models.BigIntegerField(default=0, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=Q(kind="system"), name="journal_one_system_chain"
            ),
            models.CheckConstraint(
                condition=Q(length=0, head=GENESIS) | (Q(length__gt=0) & ~Q(head=GENESIS)),
                name="journal_empty_chain_has_genesis_head",
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.pk}"


class Entry(models.Model):
    """An accepted fact, with the time it happened and the time it was recorded; never changed, never deleted.

    `facts`, `before` and `after` hold no personal data; `commitments` holds, for each personal field, the
    hash that binds its value (EntryPersonal) without revealing it. `run_id` is a plain number: the engine
    stands above.
    """

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="entries", db_index=False)
    number = models.BigIntegerField()
    kind = models.CharField(max_length=80)
    happened = models.DateTimeField()
    recorded = models.DateTimeField()
    actor = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")
    actor_post = models.TextField(blank=True)
    on_behalf_of = models.ForeignKey(
        "permissions.User", models.PROTECT, null=True, related_name="+", db_index=False
    )
    on_behalf_post = models.TextField(blank=True)
    run_id = models.BigIntegerField(null=True)
    facts = models.JSONField(default=dict)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    commitments = models.JSONField(default=dict)
    algorithm = models.CharField(max_length=16, default=ALGORITHM)
    digest = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(fields=["chain", "number"], name="journal_entry_place"),
            models.CheckConstraint(condition=Q(number__gt=0), name="journal_entry_number_positive"),
        ]
        indexes = [
            models.Index(fields=["run_id"], condition=Q(run_id__isnull=False), name="journal_entry_run"),
            BrinIndex(fields=["recorded"], name="journal_entry_recorded"),
        ]

    def __str__(self):
        return f"{self.chain_id}/{self.number} {self.kind}"

    def save(self, *args, **kwargs):
        """Refuse: an entry's number and hash exist only inside the chain's lock."""
        raise WrittenByAppendOnly("use flows.journal.operations.record or append")


class EntryPersonal(models.Model):
    """A personal value of an entry (a name, an opinion); may be removed, never changed.

    The entry keeps sha256(salt|value), so the chain stays whole when the value and its salt are gone.
    """

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="personal_values", db_index=False)
    field = models.CharField(max_length=60)
    salt = models.CharField(max_length=64)
    value = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "field"], name="journal_personal_once")]

    def __str__(self):
        return f"{self.entry_id} {self.field}"

    def save(self, *args, **kwargs):
        """Refuse: personal values are written with their entry."""
        raise WrittenByAppendOnly("use flows.journal.operations.record or append")


class SealedRowStays(TypeError):
    """Somebody tried to save a seal; only flows.journal.sealing writes here."""


class Seal(models.Model):
    """A day's seal over the heads of all chains; each holds the one before, so the newest vouches for everything.

    `code` is what papers bear: whoever has one can tell whether the record was rewritten since.
    """

    number = models.BigIntegerField(primary_key=True)
    day = models.DateField(unique=True)
    made_at = models.DateTimeField()
    heads = models.PositiveIntegerField()
    previous = models.CharField(max_length=64, unique=True)
    root = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)
    code = models.CharField(max_length=19, unique=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(number__gt=0), name="journal_seal_number_positive")]

    def __str__(self):
        return f"{self.number} {self.code}"

    def save(self, *args, **kwargs):
        """Refuse: a seal is made of all heads at one moment."""
        raise SealedRowStays("use flows.journal.sealing.seal_record")


class SealedHead(models.Model):
    """A chain's head as a seal holds it; only chains that grew since the seal before have a row."""

    seal = models.ForeignKey(Seal, models.PROTECT, related_name="sealed_heads", db_index=False)
    chain = models.ForeignKey(Chain, models.PROTECT, related_name="sealed_heads", db_index=False)
    length = models.BigIntegerField()
    head = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "length"], name="journal_sealed_once"),
            models.UniqueConstraint(fields=["seal", "chain"], name="journal_one_head_a_seal"),
        ]

    def __str__(self):
        return f"{self.seal_id} {self.chain_id}/{self.length}"

    def save(self, *args, **kwargs):
        """Refuse: heads are sealed together."""
        raise SealedRowStays("use flows.journal.sealing.seal_record")


class RecordCheck(models.Model):
    """What came of checking the whole record: when, how long it took, and a line for each thing that is wrong."""

    at = models.DateTimeField(db_index=True)
    seconds = models.PositiveIntegerField()
    holds = models.BooleanField()
    found = models.JSONField(default=list)

    def __str__(self):
        return f"{self.at} {self.holds}"
