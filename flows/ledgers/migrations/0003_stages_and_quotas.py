from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledgers", "0002_unit_of_an_import")]

    operations = [
        migrations.AddField(model_name="ledgerkind", name="stages", field=models.JSONField(default=list)),
        migrations.AddField(
            model_name="ledgerkind", name="quota_line", field=models.SlugField(blank=True, max_length=40)
        ),
        migrations.AlterField(
            model_name="ledgerimport",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "waiting to be read"),
                    ("read", "read"),
                    ("taken", "taken in"),
                    ("forgotten", "thrown away"),
                ],
                default="waiting",
                max_length=10,
            ),
        ),
    ]
