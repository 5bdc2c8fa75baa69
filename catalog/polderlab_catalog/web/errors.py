"""From any exception to an answer: a problem detail, or a page for people."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from polderlab import wire
from polderlab_catalog.application.errors import LabError
from polderlab_catalog.web.files import FileUnavailableError
from polderlab_catalog.web.problems import Problems, status_of

log = logging.getLogger("polderlab.web")

Answer = Callable[[Request, wire.Problem, dict[str, str]], Response]
"""Turns a problem into a response, with headers to send along."""


def install(
    app: FastAPI,
    problems: Problems,
    language: Callable[[Request], str],
    answer: Answer,
    help_page: Callable[[Request, LabError], str | None],
) -> None:
    """Answer every error of ``app`` by ``answer``."""

    async def on_lab_error(request: Request, error: LabError) -> Response:
        if status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.warning("%s: %s", type(error).__name__, error)
        problem = problems.of(error, language(request), help_page(request, error))
        return answer(request, problem, {})

    async def on_http_error(request: Request, error: HTTPException) -> Response:
        problem = problems.status(error.status_code, language(request))
        return answer(request, problem, dict(error.headers or {}))

    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        # what was sent is not repeated: it may hold a password
        wrong = [(".".join(map(str, each["loc"])), str(each["msg"])) for each in error.errors()]
        return answer(request, problems.invalid(wrong, language(request)), {})

    async def on_missing_file(request: Request, error: FileUnavailableError) -> Response:
        log.error("A registered file cannot be read: %s", error)
        return answer(request, problems.status(500, language(request)), {})

    async def on_surprise(request: Request, _error: Exception) -> Response:
        return answer(request, problems.status(500, language(request)), {})

    app.add_exception_handler(LabError, on_lab_error)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, on_http_error)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, on_invalid)  # type: ignore[arg-type]
    app.add_exception_handler(FileUnavailableError, on_missing_file)  # type: ignore[arg-type]
    app.add_exception_handler(Exception, on_surprise)
