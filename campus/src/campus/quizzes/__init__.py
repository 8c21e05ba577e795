"""Quizzes: questions, the access code, the time limit, attempts and their pages."""
