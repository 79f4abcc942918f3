import uuid

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("campaigns", "0001_campaign_year"),
        ("permissions", "0002_substitutions_and_secretaries"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LedgerImport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("code", models.SlugField(max_length=40)),
                ("name", models.CharField(max_length=160)),
                ("sha256", models.CharField(max_length=64)),
                ("data", models.BinaryField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "waiting to be read"), ("read", "read"), ("taken", "taken in")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("done", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                ("reading", models.JSONField(null=True)),
                ("good", models.PositiveIntegerField(default=0)),
                ("bad", models.PositiveIntegerField(default=0)),
                ("problems", models.JSONField(default=list)),
                ("told", models.JSONField(default=dict)),
                ("uploaded", models.DateTimeField()),
                ("taken", models.DateTimeField(null=True)),
                ("rows", models.PositiveIntegerField(default=0)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="campaigns.plan"
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LedgerKind",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40)),
                ("version", models.PositiveSmallIntegerField(default=1)),
                ("name", models.CharField(max_length=60)),
                ("owners", models.JSONField(default=list)),
                ("columns", models.JSONField()),
                ("day", models.SlugField(max_length=40)),
                ("counts", models.JSONField(default=list)),
                ("quota", models.PositiveSmallIntegerField(null=True)),
                ("due", models.CharField(blank=True, max_length=60)),
                ("order", models.PositiveSmallIntegerField()),
                ("clause", models.CharField(max_length=60)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ledgers",
                        to="campaigns.plan",
                    ),
                ),
            ],
            options={
                "ordering": ["order"],
            },
        ),
        migrations.CreateModel(
            name="LedgerRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("row", models.UUIDField(default=uuid.uuid4)),
                ("version", models.PositiveIntegerField(default=1)),
                ("happened_on", models.DateField()),
                ("values", models.JSONField()),
                ("withdrawn", models.BooleanField(default=False)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("recorded", models.DateTimeField()),
                ("is_demo", models.BooleanField(default=False)),
                (
                    "kind",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rows",
                        to="ledgers.ledgerkind",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="permissions.organisation",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="ledgerkind",
            constraint=models.UniqueConstraint(
                fields=("plan", "code", "version"), name="ledger_kind_version"
            ),
        ),
        migrations.AddIndex(
            model_name="ledgerrow",
            index=models.Index(fields=["kind", "-happened_on"], name="rows_of_ledger"),
        ),
        migrations.AddConstraint(
            model_name="ledgerrow",
            constraint=models.UniqueConstraint(fields=("row", "version"), name="ledger_row_version"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ledgerrow",
            trigger=pgtrigger.compiler.Trigger(
                name="ledger_row_is_append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="3c0f1c5d1815513d596e38773e7166ab1394b142",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_ledger_row_is_append_only_afb98",
                    table="ledgers_ledgerrow",
                    when="BEFORE",
                ),
            ),
        ),
    ]
