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
    NO_LOCAL_ACCOUNTS = (
        "Passwords of this lab let nobody in any more. Sign in with the account of your "
        "organisation."
    )
    PROVIDER_AWAY = (
        "The sign-in page of your organisation does not answer at the moment. Try again in a few "
        "minutes, or sign in with an account of this lab if you have one."
    )
    PROVIDER_SAID_NO = (
        "Your organisation did not let you through, or you broke it off. Try again; if it stays, "
        "ask your organisation's service desk."
    )
    PROVIDER_FAILED = (
        "What your organisation sent does not prove who you are. Sign in again; if it stays, tell "
        "the lab administrator when it happened."
    )
    NOT_KNOWN_SO = (
        "Your organisation does not tell the lab who you are or for whom you work. Ask the lab "
        "administrator to look at the connection with your organisation."
    )
    NOT_BEGUN_HERE = (
        "This sign-in was not begun in this browser, was used already, or lay open too long. "
        "Begin again."
    )
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
