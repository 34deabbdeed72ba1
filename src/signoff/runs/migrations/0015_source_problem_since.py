from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0014_left_and_planted_again'),
    ]

    operations = [
        migrations.AddField(
            model_name='source',
            name='problem_since',
            field=models.DateTimeField(null=True),
        ),
    ]
