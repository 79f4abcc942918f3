import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0001_campaign_year"),
        ("permissions", "0002_substitutions_and_secretaries"),
        ("targets", "0002_line_plans_and_shares"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="target",
            name="base",
            field=models.DecimalField(decimal_places=4, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name="target",
            name="definition",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.CreateModel(
            name="ContestComponent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=60)),
                ("name", models.CharField(max_length=80)),
                ("figure", models.SlugField(max_length=30)),
                ("weight", models.DecimalField(decimal_places=2, max_digits=6)),
                ("cap", models.DecimalField(decimal_places=2, max_digits=6)),
                ("order", models.PositiveSmallIntegerField()),
                ("clause", models.CharField(max_length=60)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contest",
                        to="campaigns.plan",
                    ),
                ),
            ],
            options={
                "ordering": ["order"],
                "constraints": [
                    models.UniqueConstraint(fields=("plan", "code"), name="contest_component_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="TargetReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("indicator", models.SlugField(max_length=60)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("count", "count"),
                            ("amount", "amount"),
                            ("growth", "growth"),
                            ("share", "share"),
                            ("rank", "rank or comparison with the city"),
                            ("done", "done or not"),
                        ],
                        max_length=8,
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("value", models.DecimalField(decimal_places=4, max_digits=14, null=True)),
                ("reached", models.BooleanField(null=True)),
                ("words", models.CharField(blank=True, max_length=300)),
                ("source", models.CharField(max_length=120)),
                ("happened_on", models.DateField()),
                ("recorded", models.DateTimeField()),
                ("is_demo", models.BooleanField(default=False)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="campaigns.plan"
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
            options={
                "ordering": ["version"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("plan", "indicator", "kind", "version"), name="target_report_version"
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="targetreport",
            trigger=pgtrigger.compiler.Trigger(
                name="target_report_is_append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="bf92aeacc19373556bf0e043974aa92ced7fec97",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_target_report_is_append_only_152b5",
                    table="targets_targetreport",
                    when="BEFORE",
                ),
            ),
        ),
    ]
