"""What the web server calls."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signoff.site.settings")

from signoff.cli import start  # the settings' name comes first
from signoff.core.lifeline import end_with_parent
from signoff.engine.embedded import stop_if_unused

end_with_parent(then=stop_if_unused)
start.slim()
start.logs()
start.django(stays=True)

from django.core.wsgi import get_wsgi_application  # noqa: E402  # after the tables are up to date

from signoff.engine.noticing import stand_in  # noqa: E402

application = start.application or get_wsgi_application()
stand_in()
start.settle()
