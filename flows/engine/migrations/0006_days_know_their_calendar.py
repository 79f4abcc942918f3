from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("engine", "0005_runs_of_the_system"),
    ]

    operations = [
        migrations.AddField(
            model_name="step",
            name="calendar_version",
            field=models.PositiveIntegerField(null=True),
        ),
    ]
