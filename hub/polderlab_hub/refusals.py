"""Why a session does not start, in one sentence to the person who asked."""

from __future__ import annotations

from http import HTTPStatus

from docker.errors import DockerException, ImageNotFound
from jupyterhub.spawner import SpawnException
from requests.exceptions import RequestException

from polderlab_disk.names import StorageError
from polderlab_hub.lab_client import LabRefusedError, LabUnavailableError
from polderlab_hub.languages import say
from polderlab_hub.sentences import Sentence


class NoProjectError(Exception):
    """A server without a name, hence without a project, was asked for."""


class ContainerDiedError(Exception):
    """The container ended while it was starting; the argument is its exit code."""


class Refusal(SpawnException):
    """A session that is not started, and the sentence the person gets."""

    def __init__(self, message: str, *, reason: str, status: int, log: str = "") -> None:
        super().__init__(message, reason=reason, status_code=status, log_message=log)
        # The start-up page reads this attribute, the API and the error page read `message`.
        self.jupyterhub_message = message


# From the particular to the general: the first that fits counts.
FAULTS: tuple[tuple[type[Exception], Sentence, str, HTTPStatus], ...] = (
    (NoProjectError, Sentence.CHOOSE_PROJECT, "no-project", HTTPStatus.BAD_REQUEST),
    (ContainerDiedError, Sentence.DIED, "died", HTTPStatus.SERVICE_UNAVAILABLE),
    (ImageNotFound, Sentence.IMAGE_GONE, "image-gone", HTTPStatus.SERVICE_UNAVAILABLE),
    (StorageError, Sentence.STORAGE, "storage", HTTPStatus.SERVICE_UNAVAILABLE),
    (LabUnavailableError, Sentence.LAB_AWAY, "lab-away", HTTPStatus.SERVICE_UNAVAILABLE),
    (DockerException, Sentence.ENGINE_AWAY, "engine", HTTPStatus.SERVICE_UNAVAILABLE),
    (RequestException, Sentence.ENGINE_AWAY, "engine", HTTPStatus.SERVICE_UNAVAILABLE),
)


def refusal(error: BaseException, language: str) -> Refusal | None:
    """Return what to tell the person about ``error``; ``None`` where it is not ours to tell."""
    if isinstance(error, LabRefusedError):
        problem = error.problem
        return Refusal(error.sentence(language), reason=problem.code, status=problem.status)
    for kind, sentence, reason, status in FAULTS:
        if isinstance(error, kind):
            log = f"{reason}: {error}"
            return Refusal(say(sentence, language), reason=reason, status=status, log=log)
    return None
