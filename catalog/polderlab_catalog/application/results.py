"""Show the members of a project what lies in its folder: viewers, who start no session, too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from polderlab_catalog.application.door import Door, Hidden
from polderlab_catalog.application.errors import LabError, NotFound, Refused, must
from polderlab_catalog.application.lookups import standing
from polderlab_catalog.application.ports import OpenResult, ProjectFolders, Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, AuditEvent, Outcome
from polderlab_catalog.domain.projects import MemberRole, Project
from polderlab_catalog.domain.results import Listing, Path, Use, legible_name, path_of
from polderlab_catalog.policy.decisions import Code, refused
from polderlab_catalog.policy.roles import Action
from polderlab_catalog.policy.standing import may_belong

LONGEST_LOGGED = 500


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder in the folder of ``project``, as a member in ``role`` sees it."""

    project: Project
    role: MemberRole | None
    path: Path
    listing: Listing


@dataclass(frozen=True, slots=True)
class Result:
    """A file in the folder of ``project``, open: whoever has it closes it."""

    project: Project
    path: Path
    open: OpenResult


class Results:
    """Lists folders and opens files, for who is a member in good standing at that moment."""

    def __init__(self, door: Door, folders: ProjectFolders) -> None:
        self._door, self._folders = door, folders

    def look(self, actor: Actor, slug: str, told: bytes, page: int = 1) -> Folder:
        """Return a page of a folder; raise ``Refused``, ``NotFound`` or ``Unavailable``."""
        with self._refusals(actor, slug, told):
            with self._door.register.read() as t:
                project, role = self._must(t, actor, slug)
            with _known(project, told) as path:
                return Folder(project, role, path, self._folders.look(project.slug, path, page))

    def open(
        self, actor: Actor, slug: str, told: bytes, use: Use | None, most: int | None = None
    ) -> Result:
        """Open a file, of which no more than ``most`` bytes are wanted; that it is read stands in
        the log before a byte of it goes out. Without a ``use`` nothing of it may be shown.
        Raises as :meth:`look` does."""
        with self._refusals(actor, slug, told):
            with self._door.register.read() as t:
                project, _ = self._must(t, actor, slug)
            with _known(project, told) as path:
                found = self._folders.open(project.slug, path, most)
            try:
                if use is not None:
                    self._log(actor, project, path, use, found.size)
            except BaseException:
                found.close()
                raise
            return Result(project, path, found)

    def still(self, actor: Actor, slug: str) -> bool:
        """Tell whether somebody who is reading may go on."""
        try:
            with self._door.register.read() as t:
                self._must(t, actor, slug)
        except LabError:
            return False
        return True

    def _must(self, t: Transaction, actor: Actor, slug: str) -> tuple[Project, MemberRole | None]:
        project = self._door.project(t, actor, slug, Action.RESULT_READ)
        if actor.person is None:
            return project, None
        # A role is not all: project, organisations and membership run, or they do not.
        facts = standing(t, actor.person.username, slug, self._door.today())
        must(may_belong(facts))
        return project, facts.membership.role if facts.membership else None

    def _log(self, actor: Actor, project: Project, path: Path, use: Use, size: int) -> None:
        with self._door.register.write() as t:
            self._must(t, actor, project.slug)
            event = AuditEvent(
                AuditAction.RESULT_READ,
                actor=actor.name,
                object=_logged(path),
                project=project.slug,
                purpose=project.purpose.in_("nl"),
                origin=actor.origin,
                details={"bytes": size, "use": use.value},
            )
            t.audit.append(event, self._door.now())

    @contextmanager
    def _refusals(self, actor: Actor, slug: str, told: bytes) -> Iterator[None]:
        """Write down who was turned away."""
        try:
            yield
        except (Refused, Hidden) as error:
            decision = error.decision if isinstance(error, Refused) else error.refusal
            with self._door.register.write() as t:
                project = t.projects.get(slug)
                event = AuditEvent(
                    AuditAction.RESULT_READ_REFUSED,
                    actor=actor.name,
                    outcome=Outcome.REFUSED,
                    object=legible_name(told, LONGEST_LOGGED),
                    project=project.slug if project else "",
                    origin=actor.origin,
                    details={"code": decision.code.value},
                )
                t.audit.append(event, self._door.now())
            raise


@contextmanager
def _known(project: Project, told: bytes) -> Iterator[Path]:
    """Yield the path; what is not there, or can be nothing's name, is told in the same words."""
    name = legible_name(told, LONGEST_LOGGED)
    gone = refused(Code.UNKNOWN_RESULT, name=name, project=project.slug)
    path = path_of(told)
    if path is None:
        raise NotFound("file", name, gone)
    try:
        yield path
    except NotFound:
        raise NotFound("file", name, gone) from None


def _logged(path: Path) -> str:
    return legible_name(b"/".join(path), LONGEST_LOGGED)
