from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('prompts', '0002_dated_facts_and_versions'),
    ]

    operations = [
        migrations.RemoveField('fact', 'text'),
    ]
