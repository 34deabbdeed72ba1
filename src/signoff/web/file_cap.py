"""How large a file may be that a browser or a program sends: what is larger is not written to the disk."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict

from signoff.sheets.tables import MOST_BYTES, TOO_LARGE_MARK

READ_ON = 10 * MOST_BYTES  # so much of what is too large is read to its end, so that its sender hears why


class FileCap(FileUploadHandler):
    """Stands before Django's own handlers and stops what is larger than the largest spreadsheet."""

    def handle_raw_input(
        self, input_data: Any, META: dict[str, Any], content_length: int, *more: Any, **named: Any
    ) -> Any:
        """Leave a request of gigabytes unread: it has no fields and no file then."""
        if content_length <= READ_ON:
            return None
        setattr(self.request, TOO_LARGE_MARK, True)
        return QueryDict(), MultiValueDict()

    def new_file(self, *args: Any, **more: Any) -> None:
        super().new_file(*args, **more)
        self._so_far = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Hand a piece on to the handler that keeps it; stop when there were too many."""
        self._so_far += len(raw_data)
        if self._so_far > MOST_BYTES:
            setattr(self.request, TOO_LARGE_MARK, True)
            raise StopUpload
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the handler that keeps it."""


def was_too_large(request: HttpRequest) -> bool:
    """Say whether a file in this request was larger than we take. Nothing was kept of it then."""
    request.FILES  # noqa: B018 - only now is the request read
    return bool(getattr(request, TOO_LARGE_MARK, False))
