"""Where a quiz's pages are, told from the address that the LMS gives."""

from invigil.lti.quiz_pages import quiz_at


def test_a_moodle_quiz_brings_its_pages_along() -> None:
    quiz = quiz_at("https://moodle.example.org/sub/mod/quiz/view.php?id=12")

    assert quiz.launch_url == "https://moodle.example.org/sub/mod/quiz/view.php?id=12"
    assert quiz.exam_start == "https://moodle.example.org/sub/mod/quiz/(view|startattempt).php"
    assert quiz.exam_take == "https://moodle.example.org/sub/mod/quiz/(attempt|summary).php"
    assert quiz.exam_end == "https://moodle.example.org/sub/mod/quiz/review.php"


def test_a_campus_quiz_brings_its_pages_along() -> None:
    quiz = quiz_at("http://127.0.0.1:8401/quiz/1")

    assert quiz.exam_start == "http://127.0.0.1:8401/quiz/1"
    assert quiz.exam_take == "http://127.0.0.1:8401/quiz/1/(attempt|summary)"
    assert quiz.exam_end == "http://127.0.0.1:8401/quiz/1/done"


def test_a_quiz_of_an_unknown_lms_leaves_its_pages_to_the_author() -> None:
    quiz = quiz_at("https://lms.example.org/exams/77?id=3")

    assert quiz.launch_url == "https://lms.example.org/exams/77?id=3"
    assert (quiz.exam_start, quiz.exam_take, quiz.exam_end) == ("", "", "")
