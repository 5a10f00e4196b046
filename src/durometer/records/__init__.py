"""Level 1: the record folder: schema, segments, digests, reader and writer."""

from durometer.records.record import Record
from durometer.records.writer import RecordWriter

__all__ = ["Record", "RecordWriter"]
