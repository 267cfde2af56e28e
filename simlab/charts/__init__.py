"""Charts: functions that return Altair charts and never save, a summary table, and the HTML report."""

from simlab.charts.learning_curves import learning_curves
from simlab.charts.report import Section, simulation_report, write_report
from simlab.charts.saving import save_chart
from simlab.charts.speedup_against_threshold import speedup_against_threshold
from simlab.charts.speedup_and_recovery import speedup_and_recovery
from simlab.charts.summary_table import summary_table
from simlab.charts.trials_and_curves import trials_and_curves

__all__ = [
    "Section",
    "learning_curves",
    "save_chart",
    "simulation_report",
    "speedup_against_threshold",
    "speedup_and_recovery",
    "summary_table",
    "trials_and_curves",
    "write_report",
]
