"""Event studies: effects by time since treatment, with leads, lags and honest controls.

`timing` places rows relative to treatment, `interaction` weights effects by cohort (Sun and
Abraham), `result` is what people read, `door` the way in.
"""

from clusterstats.models.event_study.door import event_study
from clusterstats.models.event_study.result import EventStudyFit
from clusterstats.models.event_study.timing import EventWindow

__all__ = ["EventStudyFit", "EventWindow", "event_study"]
