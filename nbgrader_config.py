"""Makes this folder an nbgrader course whose notebooks are judged by lmgrade."""

import warnings
from pathlib import Path

from sqlalchemy.exc import SAWarning

from lmgrade.intake import expect_notebooks
from lmgrade.nbgrader_plugin import TEMPLATES

# nbgrader 0.9.6 makes SQLAlchemy 2.1 warn at every new submission, to no effect on what is stored.
warnings.filterwarnings("ignore", category=SAWarning, message="Object of type <Submitted")

COURSE = Path(__file__).resolve().parent

c = get_config()  # noqa: F821 - given by nbgrader

c.CourseDirectory.root = str(COURSE)
c.CourseDirectory.course_id = "language_models_from_scratch"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
# Tasks files and text sources stay with the instructor; of a submission, the notebook alone is taken.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "__pycache__", "feedback", "*.pyc", "*.py"]
# Several processes may wait for the gradebook; SQLite's own patience is 5 seconds.
c.CourseDirectory.db_url = f"sqlite:///{COURSE / 'gradebook.db'}?timeout=60"

c.Autograde.pre_convert_hook = expect_notebooks(COURSE / "exercises")
c.Autograde.exporter_class = "lmgrade.nbgrader_plugin.IntakeExporter"
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.OverwriteKernelspec",
    "lmgrade.nbgrader_plugin.RestoreCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "lmgrade.nbgrader_plugin.Judged",
    "nbgrader.preprocessors.LimitOutput",
    "lmgrade.nbgrader_plugin.SaveMarks",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
# Feedback and Formgrader's pages, which work without a network.
c.HTMLExporter.extra_template_basedirs = TEMPLATES
c.ExchangeFactory.release_feedback = "lmgrade.exchange.ReleaseFeedback"
