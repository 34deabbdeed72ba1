from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0003_weekly_letter")]

    operations = [
        migrations.AddField(
            model_name="rhythm", name="is_stated", field=models.BooleanField(default=False, db_default=False)
        ),
    ]
