"""What speaks against an act on visits, findings and guidelines, as facts."""

from __future__ import annotations

from marketplace.core.errors import Conflict
from marketplace.core.unit_of_work import on_violation


class VisitOver(Conflict):
    """Somebody else's report of this visit is in, or it was cancelled; theirs stands."""

    code = "visit_over"


class RecordedElsewhere(Conflict):
    """The very report was sent for another visit, or twice at the same moment."""

    code = "report_recorded"


class FindingCleared(Conflict):
    """A visit has cleared it meanwhile."""

    code = "finding_cleared"


class GuidelineChanged(Conflict):
    """There is a newer version than the one on the page."""

    code = "guideline_changed"


class ChecklistChanged(Conflict):
    """There is a newer checklist than the one that was answered, or edited."""

    code = "checklist_changed"


class RevisitPlanned(Conflict):
    """One re-visit of this store is planned already."""

    code = "re_visit_planned"


on_violation("uq_visits_submission_key", RecordedElsewhere)
on_violation("uq_visits_re_visit", RevisitPlanned)
on_violation("uq_checklists_version", ChecklistChanged)
