"""Every error of the service, from one table: a code, where, what, and how to mend it."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from clew.api.replies import Json
from clew.errors import InputError, RunError

CODES: Mapping[int, str] = {
    400: "bad-request",
    401: "no-token",
    403: "not-allowed",
    404: "not-found",
    405: "no-such-method",
    409: "conflict",
    413: "too-large",
    422: "bad-input",
    429: "too-many-requests",
    503: "cannot-keep-records",
}
"""HTTP status -> code."""


class FaultError(Exception):
    """What ends a request with a status of `CODES`."""

    def __init__(self, status: int, what: str, *, field: str = "", mend: str = "", headers: Any = None) -> None:
        super().__init__(what)
        self.status, self.what, self.field, self.mend, self.headers = status, what, field, mend, headers


def reply(status: int, what: str, *, field: str = "", mend: str = "", headers: Any = None) -> Json:
    """The body of an error."""
    error = {"code": CODES.get(status, "error"), "field": field, "message": what, "mend": mend}
    return Json({"error": error}, status, headers)


TOLD = (FaultError, RequestValidationError, HTTPException, InputError, RunError)
"""What ends a request with a reply of its own."""


def reply_to(error: Exception) -> Json:
    """The body for one of the errors of `TOLD`."""
    match error:
        case FaultError():
            return reply(error.status, error.what, field=error.field, mend=error.mend, headers=error.headers)
        case RequestValidationError():
            first = error.errors()[0]
            field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"][1:])
            return reply(422, str(first["msg"]), field=field.lstrip("."), mend="see /docs for what each field takes")
        case HTTPException():
            return reply(error.status_code, str(error.detail), headers=error.headers)
        case InputError():
            return reply(422, error.what, field=error.where, mend=error.mend)
        case RunError():
            return reply(503, error.what, field=error.where, mend=error.mend)
    raise error


def install(app: FastAPI) -> None:
    """Let the application answer its own errors in this form."""

    async def tell(_request: Request, error: Exception) -> Json:
        return reply_to(error)

    for kind in TOLD:
        app.add_exception_handler(kind, tell)
