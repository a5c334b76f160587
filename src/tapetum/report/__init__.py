"""The report: one self-contained HTML file that opens anywhere, with the network off."""

from tapetum.report.write import report_html, write_report

__all__ = ["report_html", "write_report"]
