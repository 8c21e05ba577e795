"""What the roles of a launch mean (wire.md §6)."""

from __future__ import annotations

import pytest

from invigil.lti.roles import CourseRole, course_roles, is_staff

V = "http://purl.imsglobal.org/vocab/lis/v2/"
AUTHOR = {CourseRole.AUTHOR, CourseRole.REVIEWER}
REVIEWER = {CourseRole.REVIEWER}
LEARNER = {CourseRole.LEARNER}


@pytest.mark.parametrize(
    ("roles", "meaning"),
    [
        ([V + "membership#Instructor"], AUTHOR),
        (["Instructor"], AUTHOR),
        ([V + "membership/Instructor#PrimaryInstructor"], AUTHOR),
        ([V + "membership#ContentDeveloper"], AUTHOR),
        ([V + "membership#TeachingAssistant"], REVIEWER),
        (["TeachingAssistant"], REVIEWER),
        (["Instructor/TeachingAssistant"], REVIEWER),
        ([V + "membership/Instructor#TeachingAssistant"], REVIEWER),
        ([V + "membership/Instructor#TeachingAssistant", V + "membership#Instructor"], REVIEWER),
        ([V + "membership/Instructor#Grader"], REVIEWER),
        ([V + "membership#Learner"], LEARNER),
        (["Student"], LEARNER),
        ([V + "membership/Learner#GuestLearner"], LEARNER),
        ([V + "membership#Instructor", V + "membership#Learner"], AUTHOR | LEARNER),
        ([V + "institution/person#Administrator", V + "membership#Learner"], LEARNER),
        ([V + "institution/person#Instructor"], set()),
        ([V + "system/person#SysAdmin"], set()),
        ([V + "membership#Administrator"], set()),
        (["http://evil.example/membership#Instructor"], set()),
        (["#Instructor", "", "instructor"], set()),
        ([], set()),
    ],
)
def test_a_list_of_roles_means(roles: list[str], meaning: set[CourseRole]) -> None:
    assert course_roles(roles) == meaning


def test_somebody_who_teaches_and_learns_is_staff() -> None:
    assert is_staff(course_roles(["Instructor", "Learner"]))
    assert not is_staff(course_roles(["Learner"]))
