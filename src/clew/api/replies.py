"""JSON replies, written by orjson."""

from typing import Any

import orjson
from starlette.responses import Response


class Json(Response):
    """A JSON reply."""

    media_type = "application/json"

    def __init__(self, content: Any, status_code: int = 200, headers: Any = None) -> None:
        super().__init__(content, status_code, headers)

    def render(self, content: Any) -> bytes:
        """As of starlette."""
        return orjson.dumps(content)
