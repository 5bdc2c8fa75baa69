"""What people are told when a session does not start."""

from __future__ import annotations

import asyncio

import pytest
from docker.errors import DockerException, ImageNotFound
from requests.exceptions import ConnectionError as EngineGone

from polderlab.wire import Problem
from polderlab_disk.names import StorageError
from polderlab_hub.lab_client import LabRefusedError, LabUnavailableError
from polderlab_hub.languages import LANGUAGES, say
from polderlab_hub.refusals import ContainerDiedError, NoProjectError, refusal
from polderlab_hub.sentences import Sentence


@pytest.mark.parametrize(
    ("error", "sentence", "status"),
    [
        (NoProjectError(), Sentence.CHOOSE_PROJECT, 400),
        (ContainerDiedError(137), Sentence.DIED, 503),
        (ImageNotFound("no such image"), Sentence.IMAGE_GONE, 503),
        (StorageError("a link"), Sentence.STORAGE, 503),
        (LabUnavailableError("HTTP 500"), Sentence.LAB_AWAY, 503),
        (DockerException("who knows"), Sentence.ENGINE_AWAY, 503),
        (EngineGone("no socket"), Sentence.ENGINE_AWAY, 503),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_each_fault_has_its_own_plain_sentence(
    error: Exception, sentence: Sentence, status: int
) -> None:
    told = refusal(error, "en")
    assert told is not None
    assert (told.message, told.status_code) == (sentence, status)
    # Details are for the log, not for the page.
    assert str(error) in told.log_message
    assert str(error) == "" or str(error) not in told.message


def test_the_labs_verdict_is_passed_on_as_it_is() -> None:
    problem = Problem("x", "x", 403, "Nee.", "not-a-member", {"nl": "Nee.", "en": "No."})
    told = refusal(LabRefusedError(problem), "en")
    assert told is not None
    assert (told.message, told.status_code, told.reason) == ("No.", 403, "not-a-member")


@pytest.mark.parametrize("error", [asyncio.CancelledError(), TimeoutError(), KeyError("a bug")])
def test_what_is_not_foreseen_is_left_to_jupyterhub(error: BaseException) -> None:
    assert refusal(error, "nl") is None


@pytest.mark.parametrize("sentence", list(Sentence))
def test_every_sentence_is_said_in_every_language(sentence: Sentence) -> None:
    said = {say(sentence, language) for language in LANGUAGES}
    assert len(said) == len(LANGUAGES)
