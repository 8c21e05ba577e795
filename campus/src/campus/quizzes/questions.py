"""The questions of the two quizzes, and how an answer is marked."""

import math
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Question:
    """`right` is the option's letter or the number's text; empty for an essay."""

    kind: Literal["choice", "number", "essay"]
    text: str
    options: tuple[str, ...] = ()
    right: str = ""
    tolerance: float = 0.0
    unit: str = ""

    @property
    def lettered_options(self) -> list[tuple[str, str]]:
        return list(zip("abcdefgh", self.options, strict=False))


MIDTERM = (
    Question(
        "choice",
        "Household incomes in a town have a few very large values. "
        "Which summary describes a typical household best?",
        ("The mean", "The median", "The range", "The variance"),
        "b",
    ),
    Question(
        "number",
        "Seven students needed 12, 15, 11, 19, 14, 13 and 14 minutes for a task. "
        "What is the mean time?",
        right="14",
        tolerance=0.01,
        unit="minutes",
    ),
    Question(
        "choice",
        "A test of a null hypothesis gives p = 0.03. Which statement is right?",
        (
            "The null hypothesis is true with probability 3 %.",
            "If the null hypothesis were true, data so extreme would occur with probability 3 %.",
            "The effect is large.",
            "Repeating the study gives the same result in 97 % of cases.",
        ),
        "b",
    ),
    Question(
        "number",
        "A fair coin is tossed three times. What is the probability of exactly two heads? "
        "Give a decimal number.",
        right="0.375",
        tolerance=0.0051,
    ),
    Question(
        "choice",
        "The sample size is made four times as large. "
        "What happens to the standard error of the mean?",
        ("It doubles.", "It stays the same.", "It halves.", "It falls to a quarter."),
        "c",
    ),
    Question(
        "number",
        "Heights are normally distributed with mean 170 cm and standard deviation 8 cm. "
        "What is the z-score of a person who is 182 cm tall?",
        right="1.5",
        tolerance=0.01,
    ),
    Question(
        "choice",
        "Towns with more storks have more births. What explains this best?",
        (
            "Storks raise the birth rate.",
            "Births attract storks.",
            "Both depend on a third variable, such as the size of the town.",
            "The correlation must be a calculation error.",
        ),
        "c",
    ),
    Question(
        "essay",
        "A newspaper reports: “People who drink coffee live longer.” "
        "The study observed 5,000 people for ten years. "
        "Explain in a few sentences why the headline claims more than the study shows, "
        "and how a study could be designed to support it.",
    ),
)

WEEKLY = (
    Question(
        "choice",
        "Which of these variables is measured on an ordinal scale?",
        ("Temperature in °C", "Blood group", "Satisfaction from 1 to 5", "Body weight"),
        "c",
    ),
    Question(
        "number",
        "What is the median of 3, 9, 4, 8 and 21?",
        right="8",
    ),
    Question(
        "choice",
        "Two events A and B are independent with P(A) = 0.5 and P(B) = 0.4. What is P(A and B)?",
        ("0.1", "0.2", "0.7", "0.9"),
        "b",
    ),
    Question(
        "essay",
        "Describe in your own words what a 95 % confidence interval for a mean tells you, "
        "and what it does not.",
    ),
)

QUESTIONS_OF = {1: MIDTERM, 2: WEEKLY}


def is_right(question: Question, answer: str) -> bool | None:
    """None for an essay."""
    if question.kind == "essay":
        return None
    if question.kind == "choice":
        return answer == question.right
    try:
        number = float(answer.strip().replace(",", "."))
    except ValueError:
        return False
    return math.isclose(number, float(question.right), rel_tol=0, abs_tol=question.tolerance)
