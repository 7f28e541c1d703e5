"""Results as tables: one description each, from which HTML, Word, RTF, LaTeX, PDF, CSV and spreadsheets are written.

``oc.tables.change_table(oc.change(periods))`` returns a description; ``oc.write_table(table, "change.docx")``
writes it.
"""

from outcomes.tables.changes_and_responders import change_table, responder_table
from outcomes.tables.data import findings_table, plain_table, row_flow_table
from outcomes.tables.description import Column, Table
from outcomes.tables.estimates import estimates_table
from outcomes.tables.events import event_table, listing_table, rate_table
from outcomes.tables.file import table_bytes, write_table
from outcomes.tables.formats import Interval, Number, Percent, PValue, Ratio, Share, Text, Whole
from outcomes.tables.great_table import great_table
from outcomes.tables.sensitivity import scales_table, tipping_table

__all__ = [
    "Column",
    "Interval",
    "Number",
    "PValue",
    "Percent",
    "Ratio",
    "Share",
    "Table",
    "Text",
    "Whole",
    "change_table",
    "estimates_table",
    "event_table",
    "findings_table",
    "great_table",
    "listing_table",
    "plain_table",
    "rate_table",
    "responder_table",
    "row_flow_table",
    "scales_table",
    "table_bytes",
    "tipping_table",
    "write_table",
]
