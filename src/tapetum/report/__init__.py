"""The report: one self-contained HTML file that opens anywhere, with the network off."""

from tapetum.report.attack import attack_page
from tapetum.report.examples import examples_page
from tapetum.report.film import film_page
from tapetum.report.pareidolia import pareidolia_page
from tapetum.report.plain_page import framed
from tapetum.report.scores import mistake_sections, numbers_section, scores_page
from tapetum.report.story import story_page
from tapetum.report.training import training_page
from tapetum.report.visualisation import visualisation_page
from tapetum.report.write import check_place, report_html, write_report

__all__ = [
    "attack_page",
    "check_place",
    "examples_page",
    "film_page",
    "framed",
    "mistake_sections",
    "numbers_section",
    "pareidolia_page",
    "report_html",
    "scores_page",
    "story_page",
    "training_page",
    "visualisation_page",
    "write_report",
]
