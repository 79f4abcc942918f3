import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0001_projects_and_milestones"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="fact",
            name="month",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="fact",
            name="text",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="fact",
            name="word",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AlterField(
            model_name="fact",
            name="recorded_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="fact",
            constraint=models.UniqueConstraint(
                condition=models.Q(("month__isnull", False), ("replaces__isnull", True)),
                fields=("project", "kind", "month"),
                name="first_fact_of_a_month_once",
            ),
        ),
    ]
