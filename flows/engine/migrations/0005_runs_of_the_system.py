"""A run may be started by the system: then nobody is its initiator."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("engine", "0004_binding_steps"),
        ("permissions", "0002_substitutions_and_secretaries"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="run",
            name="initiator",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="run",
            name="initiator_post",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="permissions.post",
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=models.Q(initiator__isnull=True, initiator_post__isnull=True)
                | models.Q(initiator__isnull=False, initiator_post__isnull=False),
                name="a_person_in_a_post_or_the_system_starts_a_run",
            ),
        ),
    ]
