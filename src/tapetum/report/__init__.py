"""The report: one self-contained HTML file that opens anywhere, with the network off."""

from tapetum.report.attack import attack_page
from tapetum.report.document import map_document, stage_document
from tapetum.report.evidence import card_document, evidence_document
from tapetum.report.examples import examples_page
from tapetum.report.film import film_page
from tapetum.report.journey import step_document
from tapetum.report.pareidolia import pareidolia_page
from tapetum.report.plain_page import framed
from tapetum.report.scores import mistake_sections, numbers_section, scores_page
from tapetum.report.sprite import tiled, tiles_across
from tapetum.report.story import story_page
from tapetum.report.training import training_page
from tapetum.report.visualisation import visualisation_page
from tapetum.report.write import check_place, own_code, report_html, template, write_report

__all__ = [
    "attack_page",
    "card_document",
    "check_place",
    "evidence_document",
    "examples_page",
    "film_page",
    "framed",
    "map_document",
    "mistake_sections",
    "numbers_section",
    "own_code",
    "pareidolia_page",
    "report_html",
    "scores_page",
    "stage_document",
    "step_document",
    "story_page",
    "template",
    "tiled",
    "tiles_across",
    "training_page",
    "visualisation_page",
    "write_report",
]
