"""The few things the hub itself has to say to people; all verdicts are the lab service's.

English sentences are the keys of the ``hub`` message catalogue.
"""

from __future__ import annotations

from enum import StrEnum


class Sentence(StrEnum):
    """What is wrong and what to do next."""

    LAB_AWAY = (
        "The lab's register does not answer at the moment. Wait a minute and try again; "
        "your work and running sessions are not affected."
    )
    NO_SUCH_ACCOUNT = "This username and password do not belong together. Check both and try again."
    CHOOSE_PROJECT = (
        "A session always belongs to a project. Go to your projects and start one there."
    )
    IMAGE_GONE = (
        "The image of this project is no longer on this machine. Ask the lab administrator to "
        "build it again."
    )
    ENGINE_AWAY = (
        "The machine that runs sessions does not answer. Wait a minute and try again; if it "
        "lasts, tell the lab administrator."
    )
    DIED = (
        "Your session stopped while it was starting. Try again; if it happens again, tell the lab "
        "administrator."
    )
    STORAGE = (
        "Your folder could not be prepared. Tell the lab administrator; the details are in the "
        "hub's log."
    )


FROM_JUPYTERHUB = (
    "Login form invalid or expired. Try again.",
    "Invalid username or password",
)
"""Sentences JupyterHub itself puts on the sign-in page; here so that they are translated too."""
