"""Projects and their members in the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    ForeignKey,
    RowMapping,
    String,
    Table,
    delete,
)

from polderlab_catalog.application import ports
from polderlab_catalog.domain.projects import LegalBasis, MemberRole, Membership, Project
from polderlab_catalog.storage.rows import many, one, upsert
from polderlab_catalog.storage.types import Bilingual, metadata

projects = Table(
    "projects",
    metadata,
    Column("slug", String, primary_key=True),
    Column("title", Bilingual, nullable=False),
    Column("organisation", ForeignKey("organisations.slug"), nullable=False, index=True),
    Column("purpose", Bilingual, nullable=False),
    Column("legal_basis", String, nullable=False),
    Column("starts", Date, nullable=False),
    Column("ends", Date, nullable=False),
    Column("images", JSON, nullable=False),
    Column("sizes", JSON, nullable=False),
    Column("internet", Boolean, nullable=False),
)

memberships = Table(
    "memberships",
    metadata,
    Column("username", ForeignKey("people.username"), primary_key=True),
    Column("project", ForeignKey("projects.slug"), primary_key=True, index=True),
    Column("role", String, nullable=False),
    Column("until", Date),
)


class Projects(ports.Projects):
    """Projects by slug; memberships by person and project."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, slug: str) -> Project | None:
        row = one(self._connection, projects, projects.c.slug == slug)
        return project_of(row) if row else None

    def some(self, slugs: Collection[str]) -> Mapping[str, Project]:
        rows = many(self._connection, projects, projects.c.slug.in_(slugs))
        return {row["slug"]: project_of(row) for row in rows}

    def all(self, *, organisation: str | None = None) -> Sequence[Project]:
        where = [] if organisation is None else [projects.c.organisation == organisation]
        return [project_of(row) for row in many(self._connection, projects, *where)]

    def put(self, project: Project) -> None:
        upsert(
            self._connection,
            projects,
            {
                "slug": project.slug,
                "title": project.title,
                "organisation": project.organisation,
                "purpose": project.purpose,
                "legal_basis": project.legal_basis.value,
                "starts": project.starts,
                "ends": project.ends,
                "images": list(project.images),
                "sizes": list(project.sizes),
                "internet": project.internet,
            },
        )

    def membership(self, username: str, project: str) -> Membership | None:
        row = one(
            self._connection,
            memberships,
            memberships.c.username == username,
            memberships.c.project == project,
        )
        return membership_of(row) if row else None

    def memberships(
        self,
        *,
        username: str | None = None,
        project: str | None = None,
        projects: Collection[str] | None = None,
    ) -> Sequence[Membership]:
        where = []
        if username is not None:
            where.append(memberships.c.username == username)
        if project is not None:
            where.append(memberships.c.project == project)
        if projects is not None:
            where.append(memberships.c.project.in_(projects))
        return [membership_of(row) for row in many(self._connection, memberships, *where)]

    def put_membership(self, membership: Membership) -> None:
        upsert(
            self._connection,
            memberships,
            {
                "username": membership.username,
                "project": membership.project,
                "role": membership.role.value,
                "until": membership.until,
            },
        )

    def remove_membership(self, username: str, project: str) -> bool:
        gone = self._connection.execute(
            delete(memberships).where(
                memberships.c.username == username, memberships.c.project == project
            )
        )
        return gone.rowcount > 0


def project_of(row: RowMapping) -> Project:
    """Return the project of a row."""
    return Project(
        slug=row["slug"],
        title=row["title"],
        organisation=row["organisation"],
        purpose=row["purpose"],
        legal_basis=LegalBasis(row["legal_basis"]),
        starts=row["starts"],
        ends=row["ends"],
        images=tuple(row["images"]),
        sizes=tuple(row["sizes"]),
        internet=row["internet"],
    )


def membership_of(row: RowMapping) -> Membership:
    """Return the membership of a row."""
    return Membership(row["username"], row["project"], MemberRole(row["role"]), row["until"])
