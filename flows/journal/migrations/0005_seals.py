"""The seals of the record, and what came of looking at it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0004_append_in_one_statement"),
    ]

    operations = [
        migrations.CreateModel(
            name="RecordCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(db_index=True)),
                ("seconds", models.PositiveIntegerField()),
                ("holds", models.BooleanField()),
                ("found", models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("day", models.DateField(unique=True)),
                ("made_at", models.DateTimeField()),
                ("heads", models.PositiveIntegerField()),
                ("previous", models.CharField(max_length=64, unique=True)),
                ("root", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64, unique=True)),
                ("code", models.CharField(max_length=19, unique=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("number__gt", 0)), name="journal_seal_number_positive"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SealedHead",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("length", models.BigIntegerField()),
                ("head", models.CharField(max_length=64)),
                (
                    "chain",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sealed_heads",
                        to="journal.chain",
                    ),
                ),
                (
                    "seal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sealed_heads",
                        to="journal.seal",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("chain", "length"), name="journal_sealed_once"),
                    models.UniqueConstraint(fields=("seal", "chain"), name="journal_one_head_a_seal"),
                ],
            },
        ),
    ]
