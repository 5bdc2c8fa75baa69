"""Put the lab service together: the only place where adapters are chosen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from secrets import token_urlsafe

from polderlab_catalog.application.administration import Administration
from polderlab_catalog.application.allocations import Allocations
from polderlab_catalog.application.announcements import Announcements
from polderlab_catalog.application.audit import Audit
from polderlab_catalog.application.catalogue import Catalogue
from polderlab_catalog.application.confirmations import Confirmations
from polderlab_catalog.application.dcat import Listings
from polderlab_catalog.application.declarations import Declarations
from polderlab_catalog.application.disks import GIB, DiskDefaults
from polderlab_catalog.application.door import Door
from polderlab_catalog.application.drafts import Drafts
from polderlab_catalog.application.endings import Endings
from polderlab_catalog.application.extensions import Extensions
from polderlab_catalog.application.folders import Folders
from polderlab_catalog.application.grants import Grants
from polderlab_catalog.application.harvests import Harvests
from polderlab_catalog.application.holding import Holding
from polderlab_catalog.application.identities import Identities
from polderlab_catalog.application.ingests import Ingests
from polderlab_catalog.application.intake import Intake
from polderlab_catalog.application.invitations import Invitations
from polderlab_catalog.application.masthead import Mastheads
from polderlab_catalog.application.members import Members
from polderlab_catalog.application.notices import Notices
from polderlab_catalog.application.organisations import Organisations
from polderlab_catalog.application.outbox import Outbox
from polderlab_catalog.application.oversight import Oversight
from polderlab_catalog.application.panel import Panel
from polderlab_catalog.application.passwords import Passwords
from polderlab_catalog.application.people import People
from polderlab_catalog.application.ports import Clock, Hub, ProjectFolders, Register
from polderlab_catalog.application.previews import Previews
from polderlab_catalog.application.projects import Projects
from polderlab_catalog.application.proposals import Proposals
from polderlab_catalog.application.publications import Publications
from polderlab_catalog.application.publishing import Publishing
from polderlab_catalog.application.quality import Quality
from polderlab_catalog.application.reading import Reading
from polderlab_catalog.application.reads import Reads
from polderlab_catalog.application.reports import Reports
from polderlab_catalog.application.requests import Requests
from polderlab_catalog.application.results import Results
from polderlab_catalog.application.sessions import Sessions
from polderlab_catalog.application.sign_ins import SignIns
from polderlab_catalog.application.sources import Sources
from polderlab_catalog.application.stopping import Stopping
from polderlab_catalog.application.supervision import Supervision
from polderlab_catalog.application.usage import Prices, Usage
from polderlab_catalog.application.uses import UseLog
from polderlab_catalog.dcat.fetching import Fetcher
from polderlab_catalog.dcat.reading import Reader
from polderlab_catalog.dcat.writing import Writer
from polderlab_catalog.disks import DiskReport
from polderlab_catalog.hub_client import HubClient, HubFolders
from polderlab_catalog.ingest.checking import FileChecker
from polderlab_catalog.ingest.uploads import GIGABYTE, Uploads
from polderlab_catalog.mail import Smtp, SmtpPost
from polderlab_catalog.passwords import Argon2Hasher, Zxcvbn
from polderlab_catalog.settings import LabSettings
from polderlab_catalog.sources.consulting import Consulting
from polderlab_catalog.sources.guard import Guard
from polderlab_catalog.sources.sealing import LoginSeal
from polderlab_catalog.storage.journals import FileJournals
from polderlab_catalog.storage.migrate import upgrade
from polderlab_catalog.storage.register import SqlRegister
from polderlab_catalog.variants import Variants


@dataclass(frozen=True, slots=True)
class Lab:
    """Every use case, ready to be called."""

    settings: LabSettings
    register: Register
    sign_ins: SignIns
    identities: Identities
    passwords: Passwords
    sessions: Sessions
    results: Results
    reading: Reading
    reads: Reads
    variants: Variants
    grants: Grants
    requests: Requests
    uses: UseLog
    catalogue: Catalogue
    previews: Previews
    drafts: Drafts
    panel: Panel
    listings: Listings
    harvests: Harvests
    projects: Projects
    administration: Administration
    publishing: Publishing
    publications: Publications
    uploads: Uploads
    ingests: Ingests
    intake: Intake
    quality: Quality
    sources: Sources
    audit: Audit
    supervision: Supervision
    announcements: Announcements
    notices: Notices
    outbox: Outbox
    confirmations: Confirmations
    mastheads: Mastheads
    endings: Endings
    folders: Folders
    people: People
    organisations: Organisations
    invitations: Invitations
    members: Members
    proposals: Proposals
    allocations: Allocations
    extensions: Extensions
    holding: Holding
    usage: Usage
    reports: Reports
    declarations: Declarations
    hub: Hub
    clock: Clock

    def today(self) -> date:
        """Return the lab's local date."""
        return self.clock().astimezone(self.settings.zone).date()


def utc_now() -> datetime:
    """Return the time now."""
    return datetime.now(UTC)


def build(settings: LabSettings | None = None, *, migrate: bool = True) -> Lab:
    """Return the lab of ``settings`` (default: from the environment), its database up to date.

    ``migrate=False`` takes the database as it is: for short-lived callers beside the service.
    """
    settings = settings or LabSettings()
    register = SqlRegister(settings.database_url)
    if migrate:
        upgrade(register.engine)
    return assemble(settings, register, utc_now)


def assemble(
    settings: LabSettings,
    register: Register,
    clock: Clock,
    hub: Hub | None = None,
    sign_ins: SignIns | None = None,
    *,
    folders: ProjectFolders | None = None,
) -> Lab:
    """Return the use cases over ``register``, ``clock`` and ``hub`` (default: JupyterHub).

    ``sign_ins`` are those of a lab that is there already: to make them takes a slow hash.
    """
    zone = settings.zone
    sessions = Sessions(
        register,
        clock,
        lambda: token_urlsafe(32),
        gateway_url=settings.gateway_url,
        portal_url=settings.portal_url,
        idle_seconds=settings.idle_seconds,
        timezone=zone,
        disk=DiskDefaults(settings.home_gigabytes * GIB, settings.project_gigabytes * GIB),
    )
    disks = DiskReport(settings.disk_report)
    extensions = Extensions(register, clock, timezone=zone)
    usage = Usage(register, clock, disks=disks, prices=_prices(settings), timezone=zone)
    grants = Grants(register, clock, timezone=zone)
    reading = Reading(register, clock, portal_url=settings.portal_url, timezone=zone)
    catalogue = Catalogue(register, clock, timezone=zone)
    ingests = Ingests(register, clock, timezone=zone)
    hasher = Argon2Hasher()
    to_hub = settings.hub_api, settings.service_token.get_secret_value()
    hub, shared = hub or HubClient(*to_hub), folders or HubFolders(*to_hub)
    passwords = Passwords(
        register, clock, hasher, Zxcvbn(), secrets=lambda: token_urlsafe(32), hub=hub
    )
    door, stopping = Door(register, clock, timezone=zone), Stopping(register, sessions, hub)
    proposals = Proposals(door)
    invitations = Invitations(
        door, lambda: token_urlsafe(32), passwords, local_accounts=settings.local_accounts
    )
    oversight = Oversight(clock, zone)
    requests = Requests(register, clock, grants, timezone=zone)
    organisations = Organisations(door, invitations, proposals, stopping)
    confirmations = Confirmations(
        register,
        clock,
        oversight=oversight,
        every=timedelta(days=settings.confirm_days),
        within=timedelta(days=settings.confirm_within_days),
    )
    sign_ins = sign_ins or SignIns(
        register,
        clock,
        hasher,
        timezone=zone,
        administrators_need_second_factor=settings.administrators_need_second_factor,
        local_accounts=settings.local_accounts,
    )
    return Lab(
        settings=settings,
        register=register,
        sign_ins=sign_ins,
        identities=Identities(register, clock, hub),
        passwords=passwords,
        sessions=sessions,
        results=Results(door, shared),
        reading=reading,
        variants=Variants(settings.variants_folder),
        reads=Reads(
            register,
            clock,
            reading,
            FileJournals(settings.journals_folder),
            silence=timedelta(seconds=settings.read_silence_seconds),
        ),
        grants=grants,
        requests=requests,
        uses=UseLog(register, clock, timezone=zone),
        catalogue=catalogue,
        drafts=Drafts(register, clock, timezone=zone),
        previews=Previews(register, clock, timezone=zone),
        panel=Panel(register, clock, catalogue, reading, timezone=zone),
        listings=Listings(
            register,
            clock,
            Writer(settings.portal_url),
            public=settings.public_catalogue,
            timezone=zone,
        ),
        harvests=Harvests(
            register, clock, Reader(Fetcher(Guard(settings.source_hosts).resolve).fetch)
        ),
        projects=Projects(register, clock, disks, timezone=zone),
        administration=Administration(register, clock, timezone=zone),
        publishing=Publishing(register, clock, timezone=zone),
        uploads=Uploads(
            settings.uploads_folder, settings.inbox_folder, settings.upload_gigabytes * GIGABYTE
        ),
        ingests=ingests,
        intake=Intake(register, clock),
        publications=Publications(register, clock, ingests, timezone=zone),
        quality=Quality(register, clock, FileChecker(settings.data_folder)),
        sources=Sources(
            register,
            clock,
            Consulting(Guard(settings.source_hosts), settings.data_folder),
            LoginSeal(settings.source_key.get_secret_value()),
            timezone=zone,
        ),
        audit=Audit(register, clock, oversight),
        supervision=Supervision(register, clock, sessions, hub, oversight),
        announcements=Announcements(register, clock, oversight),
        notices=Notices(register, clock, timezone=zone),
        outbox=Outbox(register, clock, the_post(settings)),
        confirmations=confirmations,
        mastheads=Mastheads(
            register,
            clock,
            requests=requests,
            extensions=extensions,
            organisations=organisations,
            confirmations=confirmations,
        ),
        folders=Folders(register, clock),
        endings=Endings(
            register,
            clock,
            hub,
            oversight,
            keep=timedelta(days=settings.keep_days),
            answer_within=timedelta(days=settings.confirm_within_days),
        ),
        people=People(register, clock, stopping=stopping, timezone=zone),
        organisations=organisations,
        invitations=invitations,
        members=Members(door, stopping),
        proposals=proposals,
        allocations=Allocations(register, clock, disks, timezone=zone),
        extensions=extensions,
        holding=Holding(
            register,
            clock,
            sessions,
            grace=timedelta(minutes=settings.hours_grace_minutes),
            timezone=zone,
        ),
        usage=usage,
        reports=Reports(register, clock, usage, timezone=zone),
        declarations=Declarations(
            register,
            clock,
            hub,
            lambda within, later: assemble(
                settings, within, clock, later, sign_ins, folders=shared
            ),
            timezone=zone,
        ),
        hub=hub,
        clock=clock,
    )


def _prices(settings: LabSettings) -> Prices:
    return Prices(
        settings.price_cpu_hour,
        settings.price_memory_gib_hour,
        settings.price_disk_gib_day,
        settings.price_gib_read,
        settings.currency,
    )


def the_post(settings: LabSettings) -> SmtpPost | None:
    """Return the way to people's mail, where a server was set."""
    if not settings.mail_host:
        return None
    server = Smtp(
        settings.mail_host,
        settings.mail_port,
        settings.mail_security,
        settings.mail_user,
        settings.mail_password.get_secret_value(),
        settings.mail_from or f"polderlab@{settings.mail_host}",
        settings.mail_ca,
    )
    return SmtpPost(server, settings.portal_url, settings.zone)
