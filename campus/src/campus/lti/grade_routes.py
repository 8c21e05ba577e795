"""The grade book as tools reach it (Assignment and Grade Services 2.0)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from campus.course import COURSE
from campus.lti import grades, links, names
from campus.lti.access import Access, allowed_by
from campus.lti.grades import LineItem, Score
from campus.lti.paging import Page
from campus.people import find_person
from campus.problems import ServiceProblem
from campus.web import CampusHere, Db

router = APIRouter(prefix="/lti/courses/{course_id}/line-items")

MayRead = Annotated[Access, Depends(allowed_by(names.SCOPE_LINE_ITEM_READ, names.SCOPE_LINE_ITEM))]
MayChange = Annotated[Access, Depends(allowed_by(names.SCOPE_LINE_ITEM))]
MayScore = Annotated[Access, Depends(allowed_by(names.SCOPE_SCORE))]
MayReadResults = Annotated[Access, Depends(allowed_by(names.SCOPE_RESULT_READ))]


class LineItemBody(BaseModel):
    label: str = Field(min_length=1, max_length=200)
    score_maximum: float = Field(alias="scoreMaximum", gt=0, allow_inf_nan=False)
    resource_link_id: str | None = Field(default=None, alias="resourceLinkId")
    resource_id: str = Field(default="", alias="resourceId", max_length=200)
    tag: str = Field(default="", max_length=200)


class ScoreBody(BaseModel):
    user_id: str = Field(alias="userId")
    given: float | None = Field(default=None, alias="scoreGiven", ge=0, allow_inf_nan=False)
    maximum: float | None = Field(default=None, alias="scoreMaximum", gt=0, allow_inf_nan=False)
    comment: str = Field(default="", max_length=10_000)
    timestamp: str
    activity_progress: Literal["Initialized", "Started", "InProgress", "Submitted", "Completed"] = (
        Field(alias="activityProgress")
    )
    grading_progress: Literal["FullyGraded", "Pending", "PendingManual", "Failed", "NotReady"] = (
        Field(alias="gradingProgress")
    )


def sent_as(media_type: str) -> Callable[[Request], None]:
    def check(request: Request) -> None:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != media_type:
            raise ServiceProblem(415, "wrong-media-type", f"Send this as {media_type}.")

    return check


@router.get("")
def list_line_items(
    *,
    request: Request,
    db: Db,
    campus: CampusHere,
    access: MayRead,
    page: Annotated[Page, Depends()],
    resource_link_id: str = "",
    resource_id: str = "",
    tag: str = "",
) -> JSONResponse:
    wanted = {"link_id": resource_link_id, "resource_id": resource_id, "tag": tag}
    items = [
        item
        for item in grades.line_items(db, access.tool.client_id)
        if all(not value or getattr(item, name) == value for name, value in wanted.items())
    ]
    return JSONResponse(
        [grades.on_the_wire(item, campus.origin) for item in page.cut(items)],
        media_type=names.MEDIA_LINE_ITEMS,
        headers=page.headers(request, campus.origin, len(items)),
    )


@router.post("", dependencies=[Depends(sent_as(names.MEDIA_LINE_ITEM))])
def add_line_item(
    body: LineItemBody, db: Db, campus: CampusHere, access: MayChange
) -> JSONResponse:
    own = {
        link.id for link in links.links_in(db, COURSE.id) if link.client_id == access.tool.client_id
    }
    if body.resource_link_id is not None and body.resource_link_id not in own:
        raise ServiceProblem(404, "not-found", "There is no such resource link for this tool.")
    item = grades.add_line_item(
        db,
        LineItem(
            id=0,
            client_id=access.tool.client_id,
            link_id=body.resource_link_id,
            label=body.label,
            score_maximum=body.score_maximum,
            resource_id=body.resource_id,
            tag=body.tag,
        ),
    )
    return _line_item_answer(item, campus.origin, status=201)


@router.get("/{item_id}")
def read_line_item(item_id: int, db: Db, campus: CampusHere, access: MayRead) -> JSONResponse:
    return _line_item_answer(_own(db, item_id, access), campus.origin)


@router.put("/{item_id}", dependencies=[Depends(sent_as(names.MEDIA_LINE_ITEM))])
def change_line_item(
    *, item_id: int, body: LineItemBody, db: Db, campus: CampusHere, access: MayChange
) -> JSONResponse:
    item = _own(db, item_id, access)
    if body.resource_link_id != item.link_id:
        raise ServiceProblem(400, "link-fixed", "What a line item belongs to cannot be changed.")
    changed = replace(
        item,
        label=body.label,
        score_maximum=body.score_maximum,
        resource_id=body.resource_id,
        tag=body.tag,
    )
    grades.change_line_item(db, changed)
    return _line_item_answer(changed, campus.origin)


@router.delete("/{item_id}", status_code=204)
def remove_line_item(item_id: int, db: Db, access: MayChange) -> None:
    grades.remove_line_item(db, _own(db, item_id, access))


@router.post("/{item_id}/scores", dependencies=[Depends(sent_as(names.MEDIA_SCORE))])
def add_score(item_id: int, body: ScoreBody, db: Db, access: MayScore) -> Response:
    item = _own(db, item_id, access)
    person = find_person(db, body.user_id)
    if person is None:
        raise ServiceProblem(404, "not-found", "There is no such person in this course.")
    if body.given is not None and body.maximum is None:
        raise ServiceProblem(400, "score-refused", "scoreGiven needs scoreMaximum.")
    score = Score(
        person_id=person.id,
        given=body.given,
        maximum=body.maximum,
        comment=body.comment,
        timestamp=body.timestamp,
        reported_at=_epoch_of(body.timestamp),
        activity_progress=body.activity_progress,
        grading_progress=body.grading_progress,
    )
    if not grades.keep_score(db, item, score):
        raise ServiceProblem(
            409, "score-not-newer", "A score of this time or later is kept already."
        )
    return Response(status_code=200)


@router.get("/{item_id}/results")
def results(
    *,
    request: Request,
    item_id: int,
    db: Db,
    campus: CampusHere,
    access: MayReadResults,
    page: Annotated[Page, Depends()],
    user_id: str = "",
) -> JSONResponse:
    item = _own(db, item_id, access)
    found = [score for score in grades.scores_in(db, item) if user_id in ("", score.person_id)]
    return JSONResponse(
        [_result(item, score, campus.origin) for score in page.cut(found)],
        media_type=names.MEDIA_RESULTS,
        headers=page.headers(request, campus.origin, len(found)),
    )


def _own(db: Db, item_id: int, access: Access) -> LineItem:
    item = grades.find_line_item(db, item_id, access.tool.client_id)
    if item is None:
        raise ServiceProblem(404, "not-found", "There is no such line item for this tool.")
    return item


def _line_item_answer(item: LineItem, issuer: str, *, status: int = 200) -> JSONResponse:
    return JSONResponse(
        grades.on_the_wire(item, issuer), status_code=status, media_type=names.MEDIA_LINE_ITEM
    )


def _result(item: LineItem, score: Score, issuer: str) -> dict[str, Any]:
    """Scaled to the line item's own maximum (AGS 2.0, 3.4.2)."""
    url = grades.url_of(item, issuer)
    result: dict[str, Any] = {
        "id": f"{url}/results/{score.person_id}",
        "scoreOf": url,
        "userId": score.person_id,
        "resultMaximum": item.score_maximum,
        "timestamp": score.timestamp,
    }
    if score.given is not None and score.maximum:
        result["resultScore"] = score.given / score.maximum * item.score_maximum
    if score.comment:
        result["comment"] = score.comment
    return result


def _epoch_of(timestamp: str) -> float:
    try:
        moment = datetime.fromisoformat(timestamp)
    except ValueError as error:
        raise ServiceProblem(400, "score-refused", "timestamp is not ISO 8601.") from error
    if moment.tzinfo is None:
        raise ServiceProblem(400, "score-refused", "timestamp needs a time zone.")
    return moment.timestamp()
