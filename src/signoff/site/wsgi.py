"""What the web server calls."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signoff.site.settings")

from signoff.cli.start import django, logs, settle, slim  # the settings' name comes first
from signoff.core.lifeline import end_with_parent
from signoff.engine.embedded import stop_if_unused

end_with_parent(then=stop_if_unused)
slim()
logs()
django(stays=True)

from django.core.wsgi import get_wsgi_application  # noqa: E402  # after the tables are up to date

from signoff.engine.noticing import stand_in  # noqa: E402

application = get_wsgi_application()
stand_in()
settle()
