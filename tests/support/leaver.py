"""Somebody who comes only for one test: ``python -m tests.support.leaver make NAME PASSWORD`` lets
them in, ``password NAME PASSWORD`` gives them one once more, ``overdue RECORD`` lets the time be
over for which their folders are kept."""

from __future__ import annotations

import sys
from dataclasses import replace

from polderlab_catalog.bootstrap import build
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.people import Credentials, Person
from polderlab_catalog.domain.projects import MemberRole, Membership
from polderlab_catalog.passwords import Argon2Hasher
from polderlab_catalog.settings import LabSettings

NAME, PROJECT = "rivierstad-leaver", "river-access"


def main(what: str, told: str, password: str = "") -> None:
    """Do it."""
    lab, actor = build(LabSettings()), Actor.lab()
    if what == "make":
        lab.administration.register_person(actor, Person(told, "Lieve Leaver", "rivierstad"))
    with lab.register.write() as t:
        if what == "overdue":
            record = t.offboardings.get(told)
            assert record is not None
            t.offboardings.put(replace(record, keep_until=lab.clock()))
            return
        t.people.put_credentials(Credentials(told, Argon2Hasher().hash(password)))
        if what == "make":
            t.projects.put_membership(Membership(told, PROJECT, MemberRole.ANALYST))


if __name__ == "__main__":
    main(*sys.argv[1:])
