"""Make one difference of a declared lab, by the use case that everybody makes it by."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from datetime import date, tzinfo
from typing import Any, Protocol, TypeVar

from polderlab_catalog.application.administration import Administration
from polderlab_catalog.application.allocations import Allocations
from polderlab_catalog.application.errors import Invalid, must
from polderlab_catalog.application.grants import Grants
from polderlab_catalog.application.members import Members
from polderlab_catalog.application.organisations import Organisations, told_of
from polderlab_catalog.application.people import People
from polderlab_catalog.application.picture import ORGANISATION, PARTICULARS, grant_facts
from polderlab_catalog.application.ports import Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.allocations import Level
from polderlab_catalog.domain.declarations import Difference, Kind, Turn
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.domain.names import legible, printable
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import Person, Vetting
from polderlab_catalog.domain.projects import Membership, Project
from polderlab_catalog.domain.scopes import Scope
from polderlab_catalog.domain.sessions import Image, Size
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.declarations import may_declare
from polderlab_catalog.policy.organisations import is_email

_LONGEST = 10_000
_Thing = TypeVar("_Thing", Organisation, Person, Project, Membership, Size, Image)


class Verbs(Protocol):
    """The use cases by which a lab is made."""

    @property
    def administration(self) -> Administration: ...
    @property
    def organisations(self) -> Organisations: ...
    @property
    def people(self) -> People: ...
    @property
    def members(self) -> Members: ...
    @property
    def allocations(self) -> Allocations: ...
    @property
    def grants(self) -> Grants: ...


@dataclass(frozen=True, slots=True)
class Declaring:
    """Makes differences within transaction ``t``, in which ``verbs`` work as well.

    ``held`` are the grants that hold, by their name in the file.
    """

    t: Transaction
    verbs: Verbs
    actor: Actor
    today: date
    zone: tzinfo
    held: Mapping[str, Grant]

    def make(self, difference: Difference) -> None:
        """Make it; raise what the use case raises."""
        must(may_declare(difference))
        if difference.turn is Turn.ENDED:
            self._end(difference.kind, difference.name)
            return
        _check_words(difference.given)
        makers: Mapping[Kind, Callable[[str, dict[str, Any]], None]] = {
            Kind.SIZES: self._size,
            Kind.IMAGES: self._image,
            Kind.ORGANISATIONS: self._organisation,
            Kind.PEOPLE: self._person,
            Kind.PROJECTS: self._project,
            Kind.MEMBERS: self._member,
            Kind.ALLOCATIONS: self._allocation,
            Kind.GRANTS: self._grant,
        }
        makers[difference.kind](difference.name, difference.given)

    def _size(self, name: str, given: dict[str, Any]) -> None:
        size = _built(Size, self.t.offer.size(name), given, name=name)
        self.verbs.administration.put_size(self.actor, size)

    def _image(self, name: str, given: dict[str, Any]) -> None:
        image = _built(Image, self.t.offer.image(name), given, name=name)
        self.verbs.administration.put_image(self.actor, image)

    def _organisation(self, name: str, given: dict[str, Any]) -> None:
        administration, organisations = self.verbs.administration, self.verbs.organisations
        before = self.t.organisations.get(name)
        own = _some(given, ORGANISATION)
        identifier = own.pop("identifier", None)
        if before is None:
            made = _built(Organisation, None, own, slug=name)
            administration.register_organisation(self.actor, made)
        else:
            named = replace(before, **_some(own, ("name", "kind")))
            administration.register_organisation(self.actor, named)
            if own.keys() & {"agreed_until", "vetting"}:
                after = replace(named, **_some(own, ("agreed_until", "vetting")))
                organisations.renew(
                    self.actor, name, agreed_until=after.agreed_until, vetting=after.vetting
                )
            if "suspended" in own:
                organisations.suspend(self.actor, name, own["suspended"])
        if identifier is not None:
            administration.identify_organisation(self.actor, name, identifier)
        if told := _some(given, PARTICULARS):
            after_told = replace(told_of(self.t, name), **told)
            administration.describe_organisation(self.actor, after_told)

    def _person(self, name: str, given: dict[str, Any]) -> None:
        people, before = self.verbs.people, self.t.people.get(name)
        if given.get("email") and not is_email(given["email"]):
            raise Invalid({"email": "give an e-mail address, like name@organisation.nl"})
        own = _some(given, ("display_name", "organisation", "email"))
        if before is None:
            vetted = given.get("vetting", Vetting.NOT_NEEDED)
            own["active"] = given.get("active", True)
            own["vetting"] = Vetting.WAITING if vetted is Vetting.DONE else vetted
        if own:
            people.register_person(self.actor, _built(Person, before, own, username=name))
        if given.get("roles") or (before and "roles" in given):
            people.give_roles(self.actor, name, given["roles"])
        if given.get("vetting") is Vetting.DONE:
            people.vet(self.actor, name)
        if before is not None and "active" in given:
            change = people.reopen_account if given["active"] else people.close_account
            change(self.actor, name)

    def _project(self, name: str, given: dict[str, Any]) -> None:
        before = self.t.projects.get(name)
        self._check_offered(given)
        if before is None:
            made = _built(Project, None, given, slug=name)
            self.verbs.administration.register_project(self.actor, made)
            return
        ends = given.pop("ends", before.ends)
        # Longer first, shorter last: in between, too, it ends no sooner than it starts.
        if ends > before.ends:
            before = self.verbs.members.end(self.actor, name, ends)
        self.verbs.administration.register_project(self.actor, replace(before, **given))
        if ends < before.ends:
            self.verbs.members.end(self.actor, name, ends)

    def _member(self, name: str, given: dict[str, Any]) -> None:
        project, _, username = name.partition("/")
        before = self.t.projects.membership(username, project)
        after = _built(Membership, before, given, username=username, project=project)
        self.verbs.members.put(self.actor, project, username, after.role, after.until)

    def _allocation(self, name: str, given: dict[str, Any]) -> None:
        level = Level.parse(name)
        before = self.t.allocations.of([level])[level]
        self.verbs.allocations.set(self.actor, level, replace(before, **given))

    def _grant(self, name: str, given: dict[str, Any]) -> None:
        dataset, _, project = name.partition("/")
        before = self.held.get(name)
        terms = {**(grant_facts(before, self.zone) if before else {}), **given}
        if "until" not in terms:
            raise Invalid({"until": "give the last day"})
        self.verbs.grants.grant(
            self.actor,
            dataset,
            project,
            terms["until"],
            terms.get("reason", ""),
            scope=Scope(terms.get("columns", ()), terms.get("rows", ())),
            conditions=terms.get("conditions", ""),
            request=before.request if before else None,
        )

    def _end(self, kind: Kind, name: str) -> None:
        match kind:
            case Kind.ORGANISATIONS:
                self.verbs.organisations.suspend(self.actor, name)
            case Kind.PEOPLE:
                self.verbs.people.close_account(self.actor, name)
            case Kind.PROJECTS:
                self.verbs.members.call_off(self.actor, name)
            case Kind.MEMBERS:
                project, _, username = name.partition("/")
                self.verbs.members.remove(self.actor, project, username)
            case _:
                dataset, _, project = name.partition("/")
                self.verbs.grants.revoke(self.actor, dataset, project)

    def _check_offered(self, given: Mapping[str, Any]) -> None:
        for field, offered in (
            ("images", [each.name for each in self.t.offer.images()]),
            ("sizes", [each.name for each in self.t.offer.sizes()]),
        ):
            unknown = sorted(set(given.get(field, ())) - set(offered))
            if unknown:
                known = ", ".join(sorted(offered)) or "–"
                raise Invalid(
                    {field: f"there is no {printable(unknown[0], 40)}; there is: {known}"}
                )


def _built(
    type_: type[_Thing], before: _Thing | None, given: Mapping[str, Any], **key: Any
) -> _Thing:
    """Return ``before`` with what was given, or a new one; raise :class:`Invalid` if any lacks."""
    if before is not None:
        return replace(before, **given)
    lacks = [
        each.name
        for each in fields(type_)
        if each.default is MISSING
        and each.default_factory is MISSING
        and each.name not in {*given, *key}
    ]
    if lacks:
        raise Invalid(dict.fromkeys(lacks, "fill this in: it is new here"))
    return type_(**key, **given)


def _some(given: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in names}


def _check_words(given: Mapping[str, Any]) -> None:
    """Refuse words that cannot be shown: others will read them in pages, logs and terminals."""
    for field, value in given.items():
        words = (value.nl, value.en) if isinstance(value, Text) else (value,)
        for each in words:
            if isinstance(each, str) and legible(each, _LONGEST) != each:
                raise Invalid({field: "use no signs that cannot be seen, and single spaces"})
