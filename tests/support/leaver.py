"""Somebody who comes only to leave: ``python -m tests.support.leaver make PASSWORD`` lets them in,
``overdue RECORD`` lets the time be over for which their folders are kept."""

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


def main(what: str, told: str) -> None:
    """Do it."""
    lab, actor = build(LabSettings()), Actor.lab()
    if what == "make":
        lab.administration.register_person(actor, Person(NAME, "Lieve Leaver", "rivierstad"))
        with lab.register.write() as t:
            t.people.put_credentials(Credentials(NAME, Argon2Hasher().hash(told)))
            t.projects.put_membership(Membership(NAME, PROJECT, MemberRole.ANALYST))
        return
    with lab.register.write() as t:
        record = t.offboardings.get(told)
        assert record is not None
        t.offboardings.put(replace(record, keep_until=lab.clock()))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
