"""Who am I."""

from fastapi import APIRouter

from polderlab_catalog.web.api.shapes import Me
from polderlab_catalog.web.visitors import Visiting

router = APIRouter(tags=["people"])


@router.get("/me")
def show_me(visitor: Visiting) -> Me:
    """Return the person asking, with their lab-wide roles."""
    person = visitor.person
    return Me(
        username=person.username,
        display_name=person.display_name,
        organisation=person.organisation,
        roles=sorted(person.roles),
    )
