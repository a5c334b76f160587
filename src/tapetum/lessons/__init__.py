"""Lessons: stories that use the instruments, with numbers that were measured while they were told."""

from tapetum.lessons.entry import Lesson
from tapetum.lessons.table import LESSONS
from tapetum.lessons.tell import find_lesson, lesson

__all__ = ["LESSONS", "Lesson", "find_lesson", "lesson"]
