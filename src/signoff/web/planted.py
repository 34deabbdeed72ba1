"""What people are told of drafts that were planted: wrong on purpose, to see whether that is noticed."""

from __future__ import annotations

from django.utils.translation import gettext as _

from signoff.review.planting import Told


def sentence(told: Told | None) -> str:
    """Return, kindly, that a draft was planted, what was wrong in it, and that nothing came of it; "" for any other."""
    if told is None:
        return ""
    words = {"field": told.field, "now": told.now, "was": told.was}
    if told.is_copy:
        return _("The record of that draft was planted, and run again. Nothing was sent.")
    if not told.now:  # its contents were erased
        return _("This draft was planted: wrong on purpose. Nothing was sent.")
    if told.noticed:
        return (
            _("That draft was planted, and you noticed: in “%(field)s” it said “%(now)s” where “%(was)s” was right. "
              "Nothing was sent.")
            % words
        )  # fmt: skip
    if told.noticed is None:
        return (
            _("One of these drafts was planted: in “%(field)s” it said “%(now)s” where “%(was)s” was right. "
              "Nobody had looked at it; nothing was sent.")
            % words
        )  # fmt: skip
    return (
        _("That draft was planted: in “%(field)s” it said “%(now)s” where “%(was)s” was right. "
          "It happens to everybody; nothing was sent.")
        % words
    )  # fmt: skip
