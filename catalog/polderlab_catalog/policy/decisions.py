"""A verdict and the sentence that explains it.

Every refusal says what was refused, why, and what to do next. The English sentences here are
the message ids of the translations (``polderlab_catalog/locale``); ``details`` fill the blanks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Code(StrEnum):
    """The stable machine word of a verdict."""

    ALLOWED = "allowed"
    NOT_SIGNED_IN = "not-signed-in"
    WRONG_CREDENTIALS = "wrong-credentials"
    ACCOUNT_LOCKED = "account-locked"
    NOT_IN_REGISTER = "not-in-register"
    IDENTITY_DIFFERS = "identity-differs"
    ACCOUNT_HAS_PASSWORD = "account-has-password"  # noqa: S105  (a verdict, not a secret)
    ACCOUNT_UNCLAIMED = "account-unclaimed"
    ACCOUNT_OF_PROVIDER = "account-of-provider"
    LOCAL_ACCOUNTS_OFF = "local-accounts-off"
    SECOND_FACTOR_NEEDED = "second-factor-needed"
    LINK_DEAD = "link-dead"
    PERSON_INACTIVE = "person-inactive"
    PERSON_CHANGED = "person-changed"
    ORGANISATION_SUSPENDED = "organisation-suspended"
    NOT_A_MEMBER = "not-a-member"
    VIEWER_STARTS_NO_SESSION = "viewer-starts-no-session"
    PROJECT_NOT_STARTED = "project-not-started"
    PROJECT_ENDED = "project-ended"
    UNKNOWN_IMAGE = "unknown-image"
    UNKNOWN_SIZE = "unknown-size"
    NO_IMAGE_BUILT = "no-image-built"
    NO_ROOM_IN_PROJECT = "no-room-in-project"
    NO_ROOM_IN_ORGANISATION = "no-room-in-organisation"
    NO_ROOM_FOR_SIZE = "no-room-for-size"
    NO_ROOM_FOR_PERSON = "no-room-for-person"
    HOURS_OVER_ORGANISATION = "hours-over-organisation"
    HOURS_OVER_PROJECT = "hours-over-project"
    HOURS_OVER_PERSON = "hours-over-person"
    ALLOCATION_EXCEEDS = "allocation-exceeds"
    EXTENSION_NOT_NEEDED = "extension-not-needed"
    EXTENSION_OPEN_ALREADY = "extension-open-already"
    EXTENSION_DECIDED = "extension-decided"
    EXTENSION_NOT_YOURS = "extension-not-yours"
    SESSION_EXISTS = "session-exists"
    SESSION_CLOSED = "session-closed"
    SESSION_NOT_READY = "session-not-ready"
    WRONG_ADDRESS = "wrong-address"
    UNKNOWN_DATASET = "unknown-dataset"
    UNKNOWN_FILE = "unknown-file"
    VERSION_WITHDRAWN = "version-withdrawn"
    DATASET_IN_USE = "dataset-in-use"
    ONLY_A_PART = "only-a-part"
    SCOPE_CHANGED = "scope-changed"
    PART_BEING_MADE = "part-being-made"
    TOO_MANY_READS = "too-many-reads"
    ORIGINAL_FOR_STEWARDS = "original-for-stewards"
    FILE_TOO_LARGE = "file-too-large"
    UNKNOWN_RESULT = "unknown-result"
    NOT_A_STEWARD = "not-a-steward"
    NO_GRANT = "no-grant"
    GRANT_NOT_STARTED = "grant-not-started"
    GRANT_ENDED = "grant-ended"
    GRANT_REVOKED = "grant-revoked"
    NOT_STEWARD = "not-steward"
    GRANT_NEEDS_FUTURE_END = "grant-needs-future-end"
    GRANT_OUTLIVES_PROJECT = "grant-outlives-project"
    NOT_YOUR_SESSION = "not-your-session"
    NOT_LAB_ADMINISTRATOR = "not-lab-administrator"
    NOT_OPERATOR = "not-operator"
    NOT_ORGANISATION_ADMINISTRATOR = "not-organisation-administrator"
    NOT_PROJECT_LEAD = "not-project-lead"
    NOT_FOR_YOURSELF = "not-for-yourself"
    ROLE_NOT_YOURS_TO_GIVE = "role-not-yours-to-give"
    NO_LEAD_LEFT = "no-lead-left"
    GUEST_BY_OPERATOR = "guest-by-operator"
    PERSON_NOT_VETTED = "person-not-vetted"
    ORGANISATION_NOT_ACTIVE = "organisation-not-active"
    AGREEMENT_ENDED = "agreement-ended"
    MEMBERSHIP_ENDED = "membership-ended"
    INVITATION_GONE = "invitation-gone"
    NOT_WAITING = "not-waiting"
    OWN_PROPOSAL = "own-proposal"
    CONFIDENTIAL_NEEDS_REQUEST = "confidential-needs-request"
    PUBLIC_NEEDS_NO_REQUEST = "public-needs-no-request"
    VIEWER_ASKS_NOTHING = "viewer-asks-nothing"
    DATASET_LIES_ELSEWHERE = "dataset-lies-elsewhere"
    REQUEST_OPEN_ALREADY = "request-open-already"
    REQUEST_DECIDED = "request-decided"
    NOT_A_DECIDER = "not-a-decider"
    NOT_PRIVACY_OFFICER = "not-privacy-officer"
    NOT_THE_ASKER = "not-the-asker"
    OWN_PROJECT = "own-project"
    APPROVAL_NOT_NEEDED = "approval-not-needed"
    APPROVED_ALREADY = "approved-already"
    NEEDS_TWO_PEOPLE = "needs-two-people"
    MORE_THAN_ASKED = "more-than-asked"
    UNKNOWN_COLUMN = "unknown-column"
    UNFIT_CONDITION = "unfit-condition"
    NO_COLUMN_LEFT = "no-column-left"
    NAME_NOT_YOURS = "name-not-yours"
    RESULT_CLASSIFIED_LOWER = "result-classified-lower"
    RESULT_TOO_CONFIDENTIAL = "result-too-confidential"
    CLASSIFICATION_BY_STEWARD = "classification-by-steward"
    TOO_MANY_PUBLICATIONS = "too-many-publications"
    SOURCE_NOT_ALLOWED = "source-not-allowed"
    SOURCE_BY_OPERATOR = "source-by-operator"
    SOURCE_DOWN = "source-down"
    SOURCE_BUSY = "source-busy"
    SOURCE_DENIED = "source-denied"
    SOURCE_TOO_SLOW = "source-too-slow"
    SOURCE_FAILED = "source-failed"
    SOURCE_CHANGED = "source-changed"
    SOURCE_GONE = "source-gone"
    SOURCE_TOO_MANY_ROWS = "source-too-many-rows"
    UNKNOWN_PARAMETER = "unknown-parameter"
    UNFIT_PARAMETER = "unfit-parameter"
    NOT_ADMINISTRATOR = "not-administrator"
    NOT_YOURS_TO_CONFIRM = "not-yours-to-confirm"
    LEAD_AGENCY_STAYS = "lead-agency-stays"
    NOT_ONESELF = "not-oneself"
    ON_THE_WAY_OUT = "on-the-way-out"
    NOT_ARCHIVED_YET = "not-archived-yet"
    DELETING_BEGAN = "deleting-began"
    EMPTY_DECLARATION = "empty-declaration"
    NOT_DECLARABLE = "not-declarable"
    CHANGED_MEANWHILE = "changed-meanwhile"
    HUB_REFUSED = "hub-refused"


def N_(message: str) -> str:  # noqa: N802  (gettext's own name for "translate later")
    """Mark ``message`` for extraction; it is translated where it is shown."""
    return message


MESSAGES: Mapping[Code, str] = MappingProxyType(
    {
        Code.ALLOWED: N_("Allowed."),
        Code.NOT_SIGNED_IN: N_("You are not signed in. Sign in and try again."),
        Code.WRONG_CREDENTIALS: N_(
            "This username and password do not belong together. Check both and try again."
        ),
        Code.ACCOUNT_LOCKED: N_(
            "Too many failed tries, so signing in under this name or from this address has to "
            "wait. Try again in {minutes} min, or ask the lab administrator."
        ),
        Code.NOT_IN_REGISTER: N_(
            "Your organisation says who you are, but the lab has no account for you. Ask the "
            "administrator of your organisation to register you."
        ),
        Code.IDENTITY_DIFFERS: N_(
            "This lab knows the account {name} as somebody else's at your organisation. If it is "
            "yours, ask the lab administrator to have it released."
        ),
        Code.ACCOUNT_HAS_PASSWORD: N_(
            "The account {name} signs in with a password of this lab. Use that, or ask the lab "
            "administrator to have it linked with your organisation."
        ),
        Code.ACCOUNT_UNCLAIMED: N_(
            "The account {name} was closed and opened again, and belongs to nobody until it is "
            "linked. If it is yours, ask the lab administrator: an operator links it with "
            "polderlab person link."
        ),
        Code.ACCOUNT_OF_PROVIDER: N_(
            "The account {name} signs in at its organisation, not with a password of this lab. "
            "Sign in there, or ask the lab administrator to have both linked."
        ),
        Code.LOCAL_ACCOUNTS_OFF: N_(
            "Passwords of this lab let nobody in any more. Sign in with the account of your "
            "organisation."
        ),
        Code.SECOND_FACTOR_NEEDED: N_(
            "Administrators of this lab sign in with two factors, and this sign-in had one. "
            "Sign in at your organisation with your second factor."
        ),
        Code.LINK_DEAD: N_(
            "This link was used already, replaced by a newer one, or is too old. Ask whoever "
            "sent it for a new one."
        ),
        Code.PERSON_INACTIVE: N_(
            "This account is closed. Ask your organisation's administrator to open it again."
        ),
        Code.PERSON_CHANGED: N_(
            "What you may do here was changed while you did this, so nothing was done. Open the "
            "page again to see what you may do now."
        ),
        Code.ORGANISATION_SUSPENDED: N_(
            "Access for {organisation} is suspended. Ask the lab administrator why and until when."
        ),
        Code.NOT_A_MEMBER: N_(
            "You are not a member of project {project}. Ask its lead to add you, or choose one of "
            "your own projects."
        ),
        Code.VIEWER_STARTS_NO_SESSION: N_(
            "You are a viewer in project {project}, and viewers start no sessions. Ask the "
            "project's lead to make you an analyst."
        ),
        Code.PROJECT_NOT_STARTED: N_(
            "Project {project} starts on {date}. Come back then, or ask its lead for an earlier "
            "start."
        ),
        Code.PROJECT_ENDED: N_("Project {project} ended on {date}. Ask its lead to extend it."),
        Code.UNKNOWN_IMAGE: N_(
            "Project {project} has no image “{image}”. Choose one of: {choices}."
        ),
        Code.UNKNOWN_SIZE: N_("Project {project} has no size “{size}”. Choose one of: {choices}."),
        Code.NO_IMAGE_BUILT: N_(
            "Image {image} has not been built in this lab yet. Ask the lab administrator to build "
            "it."
        ),
        Code.NO_ROOM_IN_PROJECT: N_(
            "All {limit} places of project {project} are in use. Stop a session you no longer "
            "need, or wait until a colleague stops one."
        ),
        Code.NO_ROOM_IN_ORGANISATION: N_(
            "{organisation} has not enough left: {resource}, {free} free, {asked} asked. Choose a "
            "smaller size, or stop a session you no longer need."
        ),
        Code.NO_ROOM_FOR_SIZE: N_(
            "Project {project} has not enough left: {resource}, {free} free, {asked} asked. "
            "Choose a smaller size, wait until a colleague stops a session, or ask for more on "
            "the project's page."
        ),
        Code.NO_ROOM_FOR_PERSON: N_(
            "Your part of project {project} has not enough left: {resource}, {free} free, {asked} "
            "asked. Choose a smaller size, or ask the project's lead for more."
        ),
        Code.HOURS_OVER_ORGANISATION: N_(
            "{name} has used all its {resource} of this month: {limit}. They start anew on "
            "{date}. Ask the lab administrator for more."
        ),
        Code.HOURS_OVER_PROJECT: N_(
            "Project {name} has used all its {resource} of this month: {limit}. They start anew "
            "on {date}. Ask your organisation's administrator for more."
        ),
        Code.HOURS_OVER_PERSON: N_(
            "You have used all your {resource} of this month in project {name}: {limit}. They "
            "start anew on {date}. Ask the project's lead for more."
        ),
        Code.ALLOCATION_EXCEEDS: N_(
            "This is more than there is above it: {resource}, {asked} asked, while {above} has "
            "{limit}. Choose less, or have that raised first."
        ),
        Code.EXTENSION_NOT_NEEDED: N_(
            "There is no limit of {resource} here, so there is nothing to ask for. See what is "
            "left on the project's page."
        ),
        Code.EXTENSION_OPEN_ALREADY: N_(
            "Somebody already asked for more {resource} here, and it waits for an answer. Wait "
            "for it, or withdraw it first."
        ),
        Code.EXTENSION_NOT_YOURS: N_(
            "Only whoever asked for more takes that back. Refuse it instead, and say why."
        ),
        Code.EXTENSION_DECIDED: N_(
            "This request for more was answered already. Ask again if you need something else."
        ),
        Code.SESSION_EXISTS: N_(
            "You already have a session in project {project}. Open it, or stop it first."
        ),
        Code.SESSION_CLOSED: N_(
            "This session has ended, and its access to data with it. Start a new session."
        ),
        Code.SESSION_NOT_READY: N_("This session is still starting. Try again in a moment."),
        Code.WRONG_ADDRESS: N_(
            "This session's key was used from another place than its own container. Data is read "
            "from inside the session only."
        ),
        Code.UNKNOWN_DATASET: N_(
            "There is no dataset “{dataset}” in the catalogue. Look it up on the catalogue page."
        ),
        Code.UNKNOWN_FILE: N_("Dataset {dataset} has no file “{file}”. Its files are: {choices}."),
        Code.ONLY_A_PART: N_(
            "Your project may read part of {dataset}, and this file holds all of it. Read the"
            " data itself in a notebook."
        ),
        Code.SCOPE_CHANGED: N_(
            "What your project may read of {dataset} has changed meanwhile. Open the file again."
        ),
        Code.PART_BEING_MADE: N_(
            "The part of {dataset} that your project may read is being prepared. Try again in"
            " a minute."
        ),
        Code.TOO_MANY_READS: N_(
            "This session reads {limit} files at once, which is as many as it may. Wait until"
            " some are done, or stop another notebook."
        ),
        Code.VERSION_WITHDRAWN: N_(
            "Version {version} of {dataset} was withdrawn by its steward: {reason}. Read the "
            "newest version."
        ),
        Code.DATASET_IN_USE: N_(
            "{dataset} has versions, access, requests or a source on record, and those stay. "
            "Withdraw its versions instead."
        ),
        Code.ORIGINAL_FOR_STEWARDS: N_(
            "The file of {dataset} as it was handed in is for the stewards of {organisation}. Read "
            "the dataset in a session, or ask one of them."
        ),
        Code.NOT_A_STEWARD: N_(
            "Stewards register the datasets of their organisation, and you are no steward. Ask "
            "your organisation's administrator to make you one."
        ),
        Code.FILE_TOO_LARGE: N_(
            "This file is larger than the lab takes in: {limit} at most. Divide it, or ask the lab "
            "administrator for more."
        ),
        Code.UNKNOWN_RESULT: N_(
            "There is no “{name}” to be seen in the folder of project {project}, or no longer. Look"
            " in the folder what there is now."
        ),
        Code.NO_GRANT: N_(
            "Project {project} may not read {dataset}: it was never granted to the project. Ask "
            "its steward at {steward} for access."
        ),
        Code.GRANT_NOT_STARTED: N_(
            "Project {project} may read {dataset} from {date} on. Wait until then, or ask its "
            "steward at {steward} for an earlier start."
        ),
        Code.GRANT_ENDED: N_(
            "The access of project {project} to {dataset} ended on {date}. Ask its steward at "
            "{steward} to extend it."
        ),
        Code.GRANT_REVOKED: N_(
            "The access of project {project} to {dataset} was revoked on {date}. Ask its steward "
            "at {steward} why."
        ),
        Code.NOT_STEWARD: N_(
            "Only a steward of {organisation} decides on {dataset}. Ask one of them."
        ),
        Code.GRANT_NEEDS_FUTURE_END: N_(
            "Choose an end date after today: access is always for a period."
        ),
        Code.GRANT_OUTLIVES_PROJECT: N_(
            "Choose an end date on or before {date}: project {project} ends then."
        ),
        Code.NOT_YOUR_SESSION: N_(
            "This session belongs to someone else. You can open and stop your own sessions."
        ),
        Code.NOT_LAB_ADMINISTRATOR: N_(
            "This is for lab administrators. Ask one of them to do it for you."
        ),
        Code.NOT_OPERATOR: N_(
            "This is done on the lab's own machine, by an operator. Ask the lab administrator."
        ),
        Code.NOT_ORGANISATION_ADMINISTRATOR: N_(
            "This is for administrators of {organisation}. Ask one of them to do it for you."
        ),
        Code.NOT_PROJECT_LEAD: N_(
            "This is for leads of project {project}. Ask one of them to do it for you."
        ),
        Code.NOT_FOR_YOURSELF: N_(
            "Nobody gives a role to themselves. Ask a colleague who may give it."
        ),
        Code.ROLE_NOT_YOURS_TO_GIVE: N_(
            "You cannot give or take this role. Ask an administrator of {organisation}, or the "
            "lab administrator."
        ),
        Code.NO_LEAD_LEFT: N_(
            "Project {project} would have no lead left. Make somebody else its lead first."
        ),
        Code.GUEST_BY_OPERATOR: N_(
            "In project {project} only an operator gives guests from another organisation a "
            "higher role or a later last day. Ask the lab administrator."
        ),
        Code.PERSON_NOT_VETTED: N_(
            "Your account waits until the lead agency has checked who you are. Ask your "
            "organisation's administrator when that will be."
        ),
        Code.ORGANISATION_NOT_ACTIVE: N_(
            "{organisation} does not take part in the lab now. Ask the lab administrator what it "
            "waits for."
        ),
        Code.AGREEMENT_ENDED: N_(
            "The agreement with {organisation} ended on {date}. Ask its administrator to have it "
            "renewed."
        ),
        Code.MEMBERSHIP_ENDED: N_(
            "Your membership of project {project} ended on {date}. Ask its lead to extend it."
        ),
        Code.INVITATION_GONE: N_(
            "This invitation does not work any more: it was used, withdrawn, or has expired. Ask "
            "whoever invited you for a new one."
        ),
        Code.NOT_WAITING: N_(
            "This does not wait for that any more. Open the page again to see where it stands."
        ),
        Code.OWN_PROPOSAL: N_(
            "You proposed this yourself, so you do not decide on it. Leave it to a colleague."
        ),
        Code.CONFIDENTIAL_NEEDS_REQUEST: N_(
            "{dataset} is confidential, so a steward alone does not give access. Let project "
            "{project} ask for it: a steward and a privacy officer then decide together."
        ),
        Code.PUBLIC_NEEDS_NO_REQUEST: N_(
            "{dataset} is public, so project {project} reads it without asking. Read it in a "
            "notebook."
        ),
        Code.VIEWER_ASKS_NOTHING: N_(
            "You are a viewer in project {project}, and viewers ask for no data. Ask the "
            "project's lead to do it."
        ),
        Code.DATASET_LIES_ELSEWHERE: N_(
            "{dataset} lies in another catalogue and is only described here. Ask for it there: "
            "{page}."
        ),
        Code.REQUEST_OPEN_ALREADY: N_(
            "Project {project} has an open request for {dataset} already. Go on in that one, or "
            "withdraw it first."
        ),
        Code.REQUEST_DECIDED: N_(
            "This request has been decided already. Open it to see how, and ask anew if needed."
        ),
        Code.NOT_A_DECIDER: N_(
            "Only stewards and privacy officers of {organisation} decide on requests for "
            "{dataset}. Ask one of them."
        ),
        Code.NOT_PRIVACY_OFFICER: N_(
            "Only a privacy officer of {organisation} gives this approval for {dataset}. Ask one "
            "of them."
        ),
        Code.NOT_THE_ASKER: N_(
            "Only whoever made this request and the lead of project {project} withdraw it. Ask "
            "one of them."
        ),
        Code.OWN_PROJECT: N_(
            "You are a member of project {project}, so you do not decide on its access. Leave it "
            "to a colleague who is not."
        ),
        Code.APPROVAL_NOT_NEEDED: N_(
            "{dataset} is not confidential, so a steward's approval is enough. Leave this request "
            "to a steward."
        ),
        Code.APPROVED_ALREADY: N_(
            "This approval has been given already. Open the request to see what it waits for."
        ),
        Code.NEEDS_TWO_PEOPLE: N_(
            "You have approved this request already, and confidential data takes two people. "
            "Leave the other approval to a colleague."
        ),
        Code.MORE_THAN_ASKED: N_(
            "Choose an end date on or before {date}: the project asked for no longer than that."
        ),
        Code.UNKNOWN_COLUMN: N_(
            "{dataset} has no column “{column}” to choose. Choose from: {choices}."
        ),
        Code.UNFIT_CONDITION: N_(
            "Column {column} cannot be compared like that. Choose a comparison and a value that "
            "fit what the column holds ({kind})."
        ),
        Code.NO_COLUMN_LEFT: N_(
            "No column is left of what was asked for and approved before. Choose at least one "
            "of: {choices}."
        ),
        Code.NAME_NOT_YOURS: N_(
            "Project {project} cannot publish as “{dataset}”. Choose another name: a project adds "
            "versions only to what it published itself."
        ),
        Code.RESULT_CLASSIFIED_LOWER: N_(
            "What project {project} publishes now is {kind} at least, because it has read "
            "{sources}. Leave the classification out; a steward of {organisation} can lower it "
            "afterwards."
        ),
        Code.RESULT_TOO_CONFIDENTIAL: N_(
            "{dataset} cannot take in what may hold {kind} data of {sources}. Publish it under "
            "another name, or ask a steward of {organisation}."
        ),
        Code.CLASSIFICATION_BY_STEWARD: N_(
            "Only a steward of {organisation} changes the classification of {dataset}. Leave it "
            "out to publish a new version."
        ),
        Code.TOO_MANY_PUBLICATIONS: N_(
            "Project {project} publishes {limit} results already, and more has to wait. Try again "
            "when one of them is done."
        ),
        Code.SOURCE_NOT_ALLOWED: N_(
            "The lab does not consult {host}: it goes to public addresses, and to those of the "
            "own network that the lab administrator allows. Ask them to allow this one."
        ),
        Code.SOURCE_BY_OPERATOR: N_(
            "A file on the lab's own machine is connected there, by an operator: it asks nobody "
            "for a password. Ask the lab administrator."
        ),
        Code.SOURCE_DOWN: N_(
            "The source of {dataset} does not answer. Try again in a few minutes; if it stays "
            "away, tell its steward at {steward}."
        ),
        Code.SOURCE_BUSY: N_(
            "Too many live sources are being read right now. Try again in a minute."
        ),
        Code.SOURCE_DENIED: N_(
            "The source of {dataset} does not let the lab in, or not at this data. Tell its "
            "steward at {steward}: the credentials kept here may have changed."
        ),
        Code.SOURCE_TOO_SLOW: N_(
            "The source of {dataset} took longer than {seconds} seconds. Ask for fewer columns "
            "or rows, or ask its steward at {steward} for more time."
        ),
        Code.SOURCE_FAILED: N_(
            "The source of {dataset} could not answer this. Try again; if it stays, tell its "
            "steward at {steward} when it happened."
        ),
        Code.SOURCE_CHANGED: N_(
            "The source of {dataset} has changed since it was described: {columns}. Its steward"
            " at {steward} can describe it anew."
        ),
        Code.SOURCE_GONE: N_(
            "The source of {dataset} is no longer consulted. Ask its steward at {steward} where"
            " the data is now."
        ),
        Code.SOURCE_TOO_MANY_ROWS: N_(
            "{dataset} gives at most {limit} rows at once, and this is more. Ask for fewer with"
            " limit= or a narrower question; nothing was left out silently."
        ),
        Code.UNKNOWN_PARAMETER: N_(
            "{dataset} has no parameter “{parameter}”. Its parameters are: {choices}."
        ),
        Code.UNFIT_PARAMETER: N_(
            "{dataset} needs a value for parameter “{parameter}” ({kind}). Give it one that fits."
        ),
        Code.NOT_ADMINISTRATOR: N_(
            "This is for administrators of the organisation and of the lab. Ask one of them to do "
            "it for you."
        ),
        Code.NOT_YOURS_TO_CONFIRM: N_(
            "Only those who answer for this in its organisation confirm it. Ask one of them."
        ),
        Code.LEAD_AGENCY_STAYS: N_(
            "{organisation} runs this lab, so it cannot leave it. Close the lab itself instead."
        ),
        Code.NOT_ONESELF: N_("You cannot let yourself leave. Ask another administrator to do it."),
        Code.ON_THE_WAY_OUT: N_(
            "{name} left the lab, and the folders are being packed and deleted. Nothing can be "
            "opened again before the record of the leaving says that they are gone."
        ),
        Code.NOT_ARCHIVED_YET: N_(
            "The folders have not all been packed yet. Wait until they are, and sign then."
        ),
        Code.DELETING_BEGAN: N_(
            "Folders of {name} are being deleted or are gone already, so this cannot be called off "
            "any more. What was handed over is in the archives."
        ),
        Code.EMPTY_DECLARATION: N_(
            "The file names nothing under {section}, and an empty list ends nothing: it is more "
            "often a mistake than a wish. Name what stays, or end each by hand."
        ),
        Code.NOT_DECLARABLE: N_(
            "A file does not change the {field} of {name}: that has a way of its own, with its "
            "own checks. Change it in the portal, and write what it is into the file."
        ),
        Code.CHANGED_MEANWHILE: N_(
            "The lab has changed since you were shown the differences, so nothing was done. Look "
            "at them again."
        ),
        # The hub's own sentence, or the lab's that came back through it.
        Code.HUB_REFUSED: N_("{message}"),
    }
)

WORDS = frozenset(
    {
        N_("processors"),
        N_("memory"),
        N_("sessions"),
        N_("processor-hours"),
        N_("memory-hours"),
        N_("disk of a home"),
        N_("disk of a project"),
        N_("images"),
        N_("sizes"),
        N_("public"),
        N_("internal"),
        N_("confidential"),
    }
)
"""What may run out, as ``{resource}`` of a sentence, and classifications, as ``{kind}``:
translated like the sentence itself."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Allowed or not, and why. Truthy when allowed."""

    code: Code
    details: Mapping[str, str | int | float] = field(default_factory=dict)

    @property
    def allowed(self) -> bool:
        """Whether it may be done."""
        return self.code is Code.ALLOWED

    def __bool__(self) -> bool:
        """Return :attr:`allowed`."""
        return self.allowed

    @property
    def message(self) -> str:
        """The sentence in English."""
        return self.say(lambda message: message)

    def say(self, translate: Callable[[str], str]) -> str:
        """Return the sentence as ``translate`` puts it; details that are words go along."""
        words = {
            name: translate(value) if isinstance(value, str) and value in WORDS else value
            for name, value in self.details.items()
        }
        return translate(MESSAGES[self.code]).format_map(words)


ALLOWED = Decision(Code.ALLOWED)


def refused(code: Code, **details: str | int | float) -> Decision:
    """Return a refusal; ``details`` fill the blanks of its sentence."""
    return Decision(code, MappingProxyType(details))
