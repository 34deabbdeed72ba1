"""A run that stopped may be left as it is; a planted one may be run again, and still goes nowhere."""

from typing import ClassVar

from django.db import migrations, models

STATES = [
    ("queued", "Waiting"),
    ("asking", "Asking the AI"),
    ("in a batch", "In a batch"),
    ("waiting for review", "Waiting for review"),
    ("approved", "Approved"),
    ("delivering", "Delivering"),
    ("done", "Done"),
    ("needs you", "Needs you"),
    ("rejected", "Rejected"),
    ("uncertain", "Not sure"),
    ("failed", "Stopped"),
    ("parked", "Parked"),
    ("planted", "Planted"),
    ("left", "Left as it is"),
]
BEFORE_A_PERSON = ["queued", "asking", "in a batch", "needs you", "failed", "parked", "left"]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("runs", "0013_drafted_again")]

    operations: ClassVar = [
        migrations.AlterField(
            "run", "state", models.CharField(choices=STATES, db_default="queued", default="queued", max_length=20)
        ),
        migrations.RemoveConstraint("run", "a_planted_run_goes_nowhere"),
        migrations.AddConstraint(
            "run",
            models.CheckConstraint(
                condition=models.Q(planted=False)
                | models.Q(state__in=["waiting for review", "planted"])
                | models.Q(replay_of__isnull=False, state__in=BEFORE_A_PERSON),
                name="a_planted_run_goes_nowhere",
            ),
        ),
    ]
