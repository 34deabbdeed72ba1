import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0003_drift'),
        ('runs', '0009_hold_after_restore'),
    ]

    operations = [
        migrations.AlterField(
            model_name='spent',
            name='integration',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='spent', to='integrations.integration'),
        ),
        migrations.AddConstraint(
            model_name='spent',
            constraint=models.UniqueConstraint(condition=models.Q(('integration', None)), fields=('on_day', 'was_for', 'model', 'part'), name='one_sum_without_integration'),
        ),
    ]
