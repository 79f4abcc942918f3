"""How people wish to be told outside the house, their chat addresses, and letters that gather several notices."""

import datetime

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0003_told_once_by_index"),
        ("permissions", "0002_substitutions_and_secretaries"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ChatAddress",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="chat_address",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "bot",
                    models.CharField(
                        choices=[("dingtalk", "DingTalk"), ("wecom", "WeCom"), ("feishu", "Feishu")],
                        max_length=12,
                    ),
                ),
                ("sealed", models.TextField()),
                ("saved_at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "chat addresses",
            },
        ),
        migrations.CreateModel(
            name="Preference",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="notice_preference",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "mail_from",
                    models.CharField(
                        choices=[
                            ("low", "everything"),
                            ("normal", "all but what is for information"),
                            ("high", "only what is urgent"),
                            ("off", "nothing"),
                        ],
                        default="normal",
                        max_length=6,
                    ),
                ),
                ("mail_daily", models.BooleanField(default=False)),
                (
                    "chat_from",
                    models.CharField(
                        choices=[
                            ("low", "everything"),
                            ("normal", "all but what is for information"),
                            ("high", "only what is urgent"),
                            ("off", "nothing"),
                        ],
                        default="high",
                        max_length=6,
                    ),
                ),
                ("chat_daily", models.BooleanField(default=False)),
                ("daily_at", models.TimeField(default=datetime.time(8, 30))),
                ("urgent_apart", models.BooleanField(default=True)),
                ("quiet_from", models.TimeField(blank=True, default=datetime.time(22, 0), null=True)),
                ("quiet_until", models.TimeField(blank=True, default=datetime.time(7, 0), null=True)),
                ("urgent_passes", models.BooleanField(default=False)),
                ("saved_at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="delivery",
            name="delivery_state_known",
        ),
        migrations.AddField(
            model_name="delivery",
            name="daily",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="delivery",
            name="letter",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="delivery",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="confidential",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="channel",
            field=models.CharField(
                choices=[
                    ("mail", "E-mail"),
                    ("dingtalk", "DingTalk"),
                    ("wecom", "WeCom"),
                    ("feishu", "Feishu"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="state",
            field=models.CharField(
                choices=[
                    ("todo", "Todo"),
                    ("sent", "Sent"),
                    ("spare", "Spare"),
                    ("failed", "Failed"),
                    ("parked", "Parked"),
                    ("dropped", "Dropped"),
                    ("restored", "Restored"),
                ],
                default="todo",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state", "todo")), fields=["user", "channel"], name="delivery_to_do_of"
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state__in", ["todo", "failed", "parked"])),
                fields=["letter"],
                name="delivery_in_a_letter",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["todo", "sent", "spare", "failed", "parked", "dropped", "restored"])
                ),
                name="delivery_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="chataddress",
            constraint=models.CheckConstraint(
                condition=models.Q(("bot__in", ["dingtalk", "wecom", "feishu"])), name="bot_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="preference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("mail_from__in", ["low", "normal", "high", "off"]),
                    ("chat_from__in", ["low", "normal", "high", "off"]),
                ),
                name="preference_urgencies_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="preference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("quiet_from", None), ("quiet_until", None)),
                    models.Q(("quiet_from__isnull", False), ("quiet_until__isnull", False)),
                    _connector="OR",
                ),
                name="quiet_hours_have_both_ends",
            ),
        ),
    ]
