"""How a steward brings data in by the pages: described, handed in, confirmed, withdrawn."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import httpx
import pytest
from tests.fakes.world import FILE, PEOPLE
from tests.service.conftest import PREFIX, Service

from polderlab_catalog.application.actors import Actor
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.datasets import Classification, DistributionRole
from polderlab_catalog.domain.ingests import Ingest, IngestState
from polderlab_catalog.policy.decisions import Code

STEWARD = "kustregio-steward"
ADMIN = Actor.for_person(PEOPLE["waterdienst-admin"])
DESCRIPTION = {
    "title_nl": "Zwemwater",
    "title_en": "",
    "name": "bathing_water",
    "description_nl": "Een rij per meting.\r\n\r\nNiet geschikt voor handhaving.",
    "organisation": "kustregio",
    "steward": "Kustregio, data",
    "contact": "data@kustregio.example",
    "classification": "internal",
    "licence": "http://creativecommons.org/licenses/by/4.0/deed.nl",
    "theme": "ENVI",
    "keywords": "water, gezondheid ,",
    "frequency": "ANNUAL",
    "first_day": "2026-01-01",
    "last_day": "2026-09-30",
}
ROWS = b"plek;waarde\nstrand;1,5\n"


async def send(service: Service, path: str, username: str = STEWARD, **form: str) -> httpx.Response:
    async with service.visit(username) as client:
        return await client.post(f"{PREFIX}{path}", data={**form, "csrf": service.csrf(username)})


async def hand_in(
    service: Service,
    name: str = "growth_study",
    username: str = STEWARD,
    *,
    file: tuple[str, bytes] = ("meting.csv", ROWS),
    **fields: str,
) -> httpx.Response:
    fields.setdefault("csrf", service.csrf(username))
    async with service.visit(username) as client:
        return await client.post(
            f"{PREFIX}/datasets/{name}/uploads", data=fields, files={"file": file}
        )


def kept(service: Service) -> list[str]:
    folder = service.lab.settings.uploads_folder
    return sorted(each.name for each in folder.iterdir()) if folder.exists() else []


async def test_a_steward_registers_a_draft_and_goes_on_to_the_file(service: Service) -> None:
    answer = await send(service, "/register-dataset", **DESCRIPTION)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == f"{PREFIX}/datasets/bathing_water/publish"
    card = service.lab.catalogue.card(PEOPLE[STEWARD], "bathing_water")
    assert card.version is None
    assert card.dataset.keywords == ("water", "gezondheid")
    assert card.dataset.description.nl.startswith("Een rij per meting.\n\n")
    async with service.visit(STEWARD) as client:
        ours = (await client.get(f"{PREFIX}/publishing")).text
        form = (await client.get(f"{PREFIX}/datasets/bathing_water/description")).text
    assert "Draft, nothing published" in ours
    assert 'value="water, gezondheid"' in form


async def test_a_draft_is_for_who_publishes_it_and_can_be_taken_away(service: Service) -> None:
    assert (await send(service, "/register-dataset", **DESCRIPTION)).status_code == 303
    assert (await hand_in(service, "bathing_water")).status_code == 303
    for username, path, found in (
        (STEWARD, "/publishing", True),
        (STEWARD, "/datasets?q=zwemwater", False),
        ("rivierstad-analyst", "/datasets?q=zwemwater", False),
        ("rivierstad-steward", "/publishing", False),
    ):
        async with service.visit(username) as client:
            page = (await client.get(f"{PREFIX}{path}")).text
        assert ("/datasets/bathing_water" in page) is found, path
    for username in ("rivierstad-steward", "kustregio-analyst"):
        answer = await send(service, "/datasets/bathing_water/removal", username)
        assert answer.status_code == 403
    answer = await send(service, "/datasets/bathing_water/removal")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PREFIX}/publishing")
    async with service.visit(STEWARD) as client:
        assert (await client.get(f"{PREFIX}/datasets/bathing_water")).status_code == 404
        assert "bathing_water" not in (await client.get(f"{PREFIX}/publishing")).text
    assert service.lab.intake.begin() is None
    with service.lab.register.read() as t:
        assert len(t.audit.search(action=AuditAction.DATASET_REMOVED)) == 1
    assert (await send(service, "/register-dataset", **DESCRIPTION)).status_code == 303


async def test_what_was_published_once_is_not_taken_away(service: Service) -> None:
    service.lab.publishing.withdraw_version(service.world.operator, "growth_study", 1, "wrong")
    answer = await send(service, "/datasets/growth_study/removal")
    assert answer.status_code == 403
    assert "those stay" in answer.text
    async with service.visit("rivierstad-analyst") as client:
        listed = (await client.get(f"{PREFIX}/datasets?q=growth")).text
    assert "/datasets/growth_study" in listed, "people learn that it was withdrawn"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "growth_study"}, "name"),
        ({"name": "../x"}, "name"),
        ({"title_nl": ""}, "title"),
        ({"classification": "secret"}, "classification"),
        ({"organisation": "waterdienst"}, "organisation"),
        ({"licence": "other", "other_licence": "javascript:alert(1)"}, "licence"),
        ({"licence": "other"}, "licence"),
        ({"contact": ""}, "contact"),
        ({"last_day": ""}, "period"),
        ({"last_day": "2025-01-01"}, "period"),
        ({"open_download": "yes"}, "open_download"),
    ],
)
async def test_a_mistake_is_named_and_nothing_is_registered(
    service: Service, wrong: dict[str, str], field: str
) -> None:
    before = len(service.lab.catalogue.cards(None))
    answer = await send(service, "/register-dataset", **{**DESCRIPTION, **wrong})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}-error"' in answer.text
    assert len(service.lab.catalogue.cards(None)) == before


async def test_what_somebody_writes_is_never_run(service: Service) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    fields = ("title_nl", "title_en", "description_nl", "steward", "keywords", "place", "source")
    described = {**DESCRIPTION, **dict.fromkeys(fields, evil[:60])}
    assert (await send(service, "/register-dataset", **described)).status_code == 303
    sent = await hand_in(service, "bathing_water", file=(evil, ROWS), note_nl=evil)
    assert sent.status_code == 303
    async with service.visit(STEWARD) as client:
        for path in (
            "/publishing",
            "/datasets/bathing_water",
            "/datasets/bathing_water/description",
            "/datasets/bathing_water/publish",
            "/datasets/bathing_water/checks",
            sent.headers["location"].removeprefix(PREFIX),
        ):
            page = await client.get(f"{PREFIX}{path}")
            assert page.status_code == 200, path
            assert "<script>alert" not in page.text
            assert "<img" not in page.text
            assert "&lt;script&gt;" in page.text, path


async def test_a_form_without_a_script_hands_a_file_in(service: Service) -> None:
    answer = await hand_in(service, file=("C:\\data\\../meting.csv", ROWS), note_en="First  one")
    assert answer.status_code == 303
    (ingest,) = service.lab.ingests.of(service.world.steward, "growth_study")
    assert answer.headers["location"] == f"{PREFIX}/ingests/{ingest.id}"
    assert (ingest.file, ingest.bytes, ingest.note.en) == ("meting.csv", len(ROWS), "First one")
    assert ingest.confirm
    path = service.lab.settings.uploads_folder / ingest.path
    assert path.read_bytes() == ROWS


@pytest.mark.parametrize("flood", ["many fields", "a long header"])
async def test_what_comes_before_the_file_is_small(service: Service, flood: str) -> None:
    """It is held in memory, while a file may be as large as a disk."""

    def part(header: bytes, content: bytes) -> bytes:
        return b"--b\r\nContent-Disposition: form-data; " + header + b"\r\n\r\n" + content + b"\r\n"

    token = part(b"name=csrf", service.csrf(STEWARD).encode())
    file = part(b"name=file; filename=a.csv", b"a\n" * 1024**2) + b"--b--\r\n"
    fields = b"".join(part(b"name=n%d" % n, b"x" * 8000) for n in range(200))
    header = part(b"name=n; x=" + b"y" * 1_500_000, b"")
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    path = f"{PREFIX}/datasets/growth_study/uploads"
    async with service.visit(STEWARD) as client:
        flooded = token + (fields if flood == "many fields" else header) + file
        refused = await client.post(path, content=flooded, headers=kind)
        assert refused.status_code in (400, 413)
        assert kept(service) == []
        honest = await client.post(path, content=token + file, headers=kind)
    assert honest.status_code == 303


@pytest.mark.parametrize("csrf", ["", "wrong"])
async def test_no_byte_is_kept_before_the_forms_token_is_checked(
    service: Service, csrf: str
) -> None:
    assert (await hand_in(service, csrf=csrf)).status_code == 403
    foreign = {"Origin": "https://evil.example"}
    async with service.visit(STEWARD) as client:
        path = f"{PREFIX}/datasets/growth_study/uploads"
        late = b"--b\r\nContent-Disposition: form-data; name=file; filename=a.csv\r\n\r\na\r\n"
        late += b"--b\r\nContent-Disposition: form-data; name=csrf\r\n\r\n"
        late += service.csrf(STEWARD).encode() + b"\r\n--b--\r\n"
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        assert (await client.post(path, content=late, headers=kind)).status_code == 403
        honest = {"data": {"csrf": service.csrf(STEWARD)}, "files": {"file": ("a.csv", ROWS)}}
        refused = await client.post(path, headers=foreign, **honest)  # type: ignore[arg-type]
        assert refused.status_code == 403
        # a body that only says it is a small form must not be read as one
        plain = await client.post(path, data={"csrf": service.csrf(STEWARD)})
        assert plain.status_code == 403
    assert kept(service) == []
    assert service.lab.ingests.of(service.world.steward, "growth_study") == []
    assert (await hand_in(service)).status_code == 303


@pytest.mark.parametrize("username", ["kustregio-analyst", "rivierstad-steward"])
async def test_only_who_publishes_hands_in(service: Service, username: str) -> None:
    for answer in (
        await hand_in(service, username=username),
        await send(service, "/datasets/growth_study/inbox", username, waiting="x.csv"),
        await send(service, "/datasets/growth_study/versions/1/withdrawal", username, reason="x"),
        await send(service, "/datasets/growth_study/description", username, **DESCRIPTION),
        await send(
            service, "/datasets/growth_study/checks", username, kind="required", columns="a"
        ),
        await send(service, "/datasets/growth_study/quality-runs", username),
    ):
        assert answer.status_code == 403
    assert kept(service) == []
    async with service.visit(username) as client:
        for page in ("publish", "description", "checks", "versions/1/withdrawal"):
            answer = await client.get(f"{PREFIX}/datasets/growth_study/{page}")
            assert answer.status_code == 403


async def test_a_form_without_a_file_says_so(service: Service) -> None:
    answer = await hand_in(service, file=("", b""))
    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text
    assert kept(service) == []


async def test_a_file_that_is_too_large_is_refused(service: Service, monkeypatch: Any) -> None:
    monkeypatch.setattr(service.lab.uploads, "largest", 10)
    answer = await hand_in(service)
    assert answer.status_code == 422
    assert "larger than the lab takes in" in answer.text
    assert kept(service) == []


async def test_the_inbox_of_the_organisation_is_offered(service: Service) -> None:
    inbox = service.lab.settings.inbox_folder
    for organisation, name in (("kustregio", "ons.csv"), ("rivierstad", "theirs.csv")):
        (inbox / organisation).mkdir(parents=True)
        (inbox / organisation / name).write_bytes(ROWS)
    async with service.visit(STEWARD) as client:
        page = (await client.get(f"{PREFIX}/datasets/growth_study/publish")).text
    assert "ons.csv" in page
    assert "theirs.csv" not in page
    for name in ("../rivierstad/theirs.csv", "theirs.csv", "/etc/passwd"):
        answer = await send(service, "/datasets/growth_study/inbox", waiting=name)
        assert answer.status_code == 422
    answer = await send(service, "/datasets/growth_study/inbox", waiting="ons.csv")
    assert answer.status_code == 303
    (ingest,) = service.lab.ingests.of(service.world.steward, "growth_study")
    assert (ingest.file, ingest.bytes) == ("ons.csv", len(ROWS))


async def test_a_lab_administrator_takes_nothing_from_an_inbox(service: Service) -> None:
    """They could describe a public dataset of the organisation, and have its files put in it."""
    inbox = service.lab.settings.inbox_folder / "kustregio"
    inbox.mkdir(parents=True)
    (inbox / "secret.csv").write_bytes(ROWS)
    admin = "waterdienst-admin"
    open_to_all = replace(
        service.lab.publishing.description("growth_study"),
        name="open_to_all",
        classification=Classification.PUBLIC,
    )
    service.lab.publishing.register_dataset(Actor.for_person(PEOPLE[admin]), open_to_all, new=True)
    for name in ("open_to_all", "growth_study"):
        async with service.visit(admin) as client:
            page = await client.get(f"{PREFIX}/datasets/{name}/publish")
        assert page.status_code == 200
        assert "secret.csv" not in page.text
        answer = await send(service, f"/datasets/{name}/inbox", admin, waiting="secret.csv")
        assert answer.status_code == 403
    assert kept(service) == []
    answer = await send(service, "/datasets/growth_study/inbox", waiting="secret.csv")
    assert answer.status_code == 303


async def detected(service: Service, **changes: Any) -> str:
    """Hand a file in, and lay it before the steward as the worker would."""
    assert (await hand_in(service)).status_code == 303
    begun = service.lab.intake.begin()
    assert begun is not None
    service.lab.intake.detected(
        begun,
        {"delimiter": ";", "decimal": ",", "encoding": "utf-8", **changes.get("options", {})},
        changes.get("choices", {}),
        [["plek", "waarde"], ["strand <b>", "1,5"]],
        [],
    )
    return begun.id


async def test_the_steward_sees_the_first_rows_and_confirms(service: Service) -> None:
    id_ = await detected(service)
    async with service.visit(STEWARD) as client:
        page = (await client.get(f"{PREFIX}/ingests/{id_}")).text
    assert "How shall we read this file?" in page
    assert "<td>strand &lt;b&gt;</td>" in page
    answer = await send(service, f"/ingests/{id_}/confirmation", decimal=".", evil="x")
    assert answer.status_code == 303
    ingest = service.lab.ingests.show(service.world.steward, id_)
    assert ingest.state is IngestState.QUEUED
    assert ingest.options == {"delimiter": ";", "decimal": ".", "encoding": "utf-8"}


async def test_the_first_rows_are_shown_anew_without_a_script(service: Service) -> None:
    id_ = await detected(service)
    async with service.visit(STEWARD) as client:
        page = (await client.get(f"{PREFIX}/ingests/{id_}")).text
    assert f'formaction="{PREFIX}/ingests/{id_}/reading"' in page
    answer = await send(service, f"/ingests/{id_}/reading", delimiter=",", decimal=",")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PREFIX}/ingests/{id_}")
    ingest = service.lab.ingests.show(service.world.steward, id_)
    assert (ingest.state, ingest.options["delimiter"]) == (IngestState.RECEIVED, ",")
    async with service.visit(STEWARD) as client:
        assert "strand" not in (await client.get(f"{PREFIX}/ingests/{id_}")).text


@pytest.mark.parametrize(
    ("state", "confirm", "options", "steps"),
    [
        (IngestState.RUNNING, True, {}, ["busy", "waiting", "waiting", "waiting"]),
        (IngestState.FAILED, True, {}, ["waiting", "waiting", "waiting", "waiting"]),
        (IngestState.FAILED, False, {}, ["done", "done", "waiting", "waiting"]),
        (IngestState.CANCELLED, True, {}, ["waiting", "waiting", "waiting", "waiting"]),
        (IngestState.CANCELLED, True, {"decimal": ","}, ["done", "waiting", "waiting", "waiting"]),
        (IngestState.DONE, False, {}, ["done", "done", "done", "done"]),
    ],
)
async def test_a_step_is_done_only_when_it_was(
    service: Service, state: IngestState, confirm: bool, options: dict[str, str], steps: list[str]
) -> None:
    actor = f"person:{STEWARD}"
    ingest = Ingest("i1", "growth_study", actor, "f.csv", "p", 1, service.world.clock(),
                    state, confirm, options)  # fmt: skip
    with service.lab.register.write() as t:
        t.ingests.put(ingest)
    async with service.visit(STEWARD) as client:
        page = (await client.get(f"{PREFIX}/ingests/i1")).text
    assert re.findall(r'<li data-state="(\w+)"', page) == steps


async def test_a_choice_that_is_not_there_is_named(service: Service) -> None:
    id_ = await detected(service, options={"sheet": "A"}, choices={"sheet": ["A", "B"]})
    answer = await send(service, f"/ingests/{id_}/confirmation", sheet="C")
    assert answer.status_code == 422
    assert 'id="sheet-error"' in answer.text


async def test_a_lab_administrator_helps_without_seeing_rows(service: Service) -> None:
    id_ = await detected(service)
    async with service.visit("waterdienst-admin") as client:
        page = await client.get(f"{PREFIX}/ingests/{id_}")
        live = await client.get(f"{PREFIX}/ingests/{id_}/live")
    assert page.status_code == live.status_code == 200
    assert "strand" not in page.text + live.text
    answer = await send(service, f"/ingests/{id_}/cancellation", "waterdienst-admin")
    assert answer.status_code == 303


@pytest.mark.parametrize("username", ["kustregio-analyst", "rivierstad-steward"])
async def test_an_ingest_is_nobody_elses_business(service: Service, username: str) -> None:
    id_ = await detected(service)
    async with service.visit(username) as client:
        for path in ("", "/live"):
            assert (await client.get(f"{PREFIX}/ingests/{id_}{path}")).status_code == 404
    for path in ("confirmation", "cancellation", "reading"):
        assert (await send(service, f"/ingests/{id_}/{path}", username)).status_code == 404
    ingest = service.lab.ingests.show(service.world.steward, id_)
    assert ingest.state is IngestState.DETECTED


async def test_a_version_is_withdrawn_on_a_page_of_its_own_with_a_reason(service: Service) -> None:
    path = "/datasets/growth_study/versions/1/withdrawal"
    async with service.visit(STEWARD) as client:
        page = (await client.get(f"{PREFIX}{path}")).text
        assert "the only version that can be read" in page
        assert (await send(service, path, reason=" ")).status_code == 422
        assert (await send(service, path, reason="Wrong <b>weights</b>")).status_code == 303
        dataset = (await client.get(f"{PREFIX}/datasets/growth_study")).text
        assert (await client.get(f"{PREFIX}{path}")).status_code == 404
    assert "Withdrawn: Wrong &lt;b&gt;weights&lt;/b&gt;" in dataset


async def original(service: Service, dataset: str) -> None:
    """Publish a version with the file as it was handed in beside the data."""
    version = service.lab.catalogue.versions(dataset)[0]
    service.put(f"{dataset}/2/handed-in.csv", ROWS)
    file = replace(
        version.distributions[0],
        name="handed-in.csv",
        media_type="text/csv",
        path=f"{dataset}/2/handed-in.csv",
        bytes=len(ROWS),
        role=DistributionRole.ORIGINAL,
    )
    service.lab.publishing.publish_version(
        service.world.operator, dataset, (*version.distributions, file)
    )


async def test_the_original_is_for_stewards_and_every_download_is_logged(service: Service) -> None:
    await original(service, "growth_study")
    path = f"{PREFIX}/datasets/growth_study/versions/2/files/handed-in.csv"
    for username in ("kustregio-analyst", "waterdienst-admin", "rivierstad-steward"):
        async with service.visit(username) as client:
            assert (await client.get(path)).status_code == 403
            assert "handed-in.csv" not in (await client.get(f"{PREFIX}/datasets/growth_study")).text
    assert service.lab.audit.show(action=AuditAction.DATASET_DOWNLOADED) == []
    async with service.visit(STEWARD) as client:
        assert "handed-in.csv" in (await client.get(f"{PREFIX}/datasets/growth_study")).text
        answer = await client.get(path)
        missing = await client.get(path.replace("handed-in", FILE.partition(".")[0]))
    assert (answer.status_code, answer.content) == (200, ROWS)
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''handed-in.csv"
    assert missing.status_code == 404
    (line,) = service.lab.audit.show(action=AuditAction.DATASET_DOWNLOADED)
    assert line.event.actor == f"person:{STEWARD}"


async def test_public_originals_are_for_everyone_in_the_lab(service: Service) -> None:
    await original(service, "water_bodies")
    path = f"{PREFIX}/datasets/water_bodies/versions/2/files/handed-in.csv"
    async with service.visit("rivierstad-analyst") as client:
        assert (await client.get(path)).content == ROWS
    async with service.visit() as client:
        assert (await client.get(path)).status_code == 303


async def test_checks_are_declared_run_and_removed(service: Service) -> None:
    path = "/datasets/growth_study/checks"
    added = await send(service, path, kind="range", columns="hgt", minimum="40", maximum="210,5")
    assert added.status_code == 303
    assert (await send(service, path, kind="unique", columns="id, hgt")).status_code == 303
    dataset = service.lab.catalogue.card(PEOPLE[STEWARD], "growth_study").dataset
    assert [check.columns for check in dataset.checks] == [("hgt",), ("id", "hgt")]
    assert dataset.checks[0].options == {"minimum": "40", "maximum": "210.5"}
    async with service.visit(STEWARD) as client:
        page = (await client.get(f"{PREFIX}{path}")).text
    assert "hgt: from 40 to 210.5" in page
    assert "id, hgt: no combination occurs twice" in page
    await send(service, f"{path}/on-failure", on_failure="block")
    await send(service, f"{path}/1/removal")
    dataset = service.lab.catalogue.card(PEOPLE[STEWARD], "growth_study").dataset
    assert (len(dataset.checks), dataset.on_failure.value) == (1, "block")


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"kind": "sql", "columns": "a"}, "kind"),
        ({"kind": "required", "columns": " , "}, "columns"),
        ({"kind": "range", "columns": "a"}, "minimum"),
        ({"kind": "range", "columns": "a", "minimum": "1; DROP"}, "minimum"),
        ({"kind": "allowed", "columns": "a"}, "values"),
        ({"kind": "freshness", "days": "0"}, "days"),
        ({"kind": "freshness", "days": "9" * 6}, "days"),
    ],
)
async def test_a_check_that_cannot_be_run_is_not_declared(
    service: Service, form: dict[str, str], field: str
) -> None:
    answer = await send(service, "/datasets/growth_study/checks", **form)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert service.lab.catalogue.card(PEOPLE[STEWARD], "growth_study").dataset.checks == ()


async def test_a_lab_administrator_asks_nothing_of_the_rows(service: Service) -> None:
    """What a check counts tells about the rows."""
    form = {"kind": "allowed", "columns": "hgt", "values": "180"}
    answer = await send(service, "/datasets/growth_study/checks", "waterdienst-admin", **form)
    assert answer.status_code == 403
    assert Code.NOT_STEWARD.value in answer.text
    answer = await send(service, "/datasets/growth_study/quality-runs", "waterdienst-admin")
    assert answer.status_code == 403
