"""What an exported program's archive (.pt2) holds, looked at before torch loads it.

`torch.export.load` (2.13) unpickles some members without restriction, runs compiled libraries, and builds
Python code from texts in the program. So every payload must first load with `weights_only=True`, there may be
no library, and `durometer.models.program` reads the program itself. The archive is read with torch's own
reader, from the same bytes that are loaded afterwards, so that both see the same members.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator

import torch

from durometer.core import ModelError
from durometer.models.program import strange_in

TEXT = re.compile(r"archive_format|archive_version|byteorder|\.data/(version|serialization_id)|extra/.*")
"""Members that torch reads as plain text."""
PROGRAM = re.compile(r"models/[\w.-]+\.json")
TABLE = re.compile(r"data/(weights|constants)/[\w.-]+_config\.json")
PLAIN_NAME = re.compile(r"[\w-][\w.-]*")


def check_archive(data: bytes, *, where: str) -> None:
    """Refuse an archive whose loading could run code.

    Raises:
        ModelError: naming the member that is refused, or if this is no exported program.
    """
    records = _records(data, where)
    if records.get("archive_format") != b"pt2":
        raise ModelError("is not an exported program", where=where, fix="Write it with torch.export.save")
    raw = _raw_payloads(records, where)
    for name, content in records.items():
        if name.startswith("data/aotinductor"):
            raise refused(name, "a compiled library", where)
        if name.startswith("models/"):  # torch takes every one of these for a program
            _check_program(name, content, where)
        elif name not in raw and not TEXT.fullmatch(name) and not TABLE.fullmatch(name):
            _check_pickle(name, content, where)


def refused(member: str, what: str, where: str) -> ModelError:
    """Return the error for a member that could run code."""
    return ModelError(
        f"its member {member} holds {what}, which could run code when loaded",
        where=where,
        fix="If you trust where the file comes from, allow it with --trust-code",
    )


def _records(data: bytes, where: str) -> dict[str, bytes]:
    try:
        reader = torch._C.PyTorchFileReader(io.BytesIO(data))
        names = reader.get_all_records()
        found = {name: reader.get_record(name) for name in names}
        listed = zipfile.ZipFile(io.BytesIO(data)).namelist()
    except (RuntimeError, zipfile.BadZipFile, ValueError) as error:
        raise ModelError(
            "is not an exported program: the archive can't be read",
            where=where,
            fix="Write it with torch.export.save",
        ) from error
    # torch falls back to Python's reader and an older format; both must see the same members, each once
    inside = sorted(name.partition("/")[2] for name in listed)
    if len(set(names)) != len(names) or inside != sorted(names):
        raise ModelError("its list of members contradicts itself", where=where, fix="Export the model again")
    return found


def _raw_payloads(records: dict[str, bytes], where: str) -> set[str]:
    """Return the members that are read as plain bytes of a tensor, never unpickled."""
    plain: set[str] = set()
    pickled: set[str] = set()
    for table, content in records.items():
        if not TABLE.fullmatch(table):
            continue
        folder = table.rpartition("/")[0]
        for name, is_pickle in _payloads(_json(content, table, where), table, where):
            constant = folder.endswith("constants") and not name.startswith("tensor_")
            (pickled if is_pickle or constant else plain).add(f"{folder}/{name}")
    return plain - pickled


def _payloads(table: object, name: str, where: str) -> Iterator[tuple[str, bool]]:
    entries = table.get("config") if isinstance(table, dict) else None
    for entry in entries.values() if isinstance(entries, dict) else ():
        path = entry.get("path_name") if isinstance(entry, dict) else None
        if not isinstance(path, str) or not PLAIN_NAME.fullmatch(path):
            raise refused(name, "a payload of a strange name", where)
        if f"{name.rpartition('/')[0]}/{path}" == name:
            raise refused(name, "itself as a payload", where)
        yield path, entry.get("use_pickle") is not False


def _json(content: bytes, name: str, where: str) -> object:
    try:
        return json.loads(content)
    except ValueError as error:
        raise ModelError(
            f"its member {name} is not JSON", where=where, fix="Export the model again"
        ) from error


def _check_program(name: str, content: bytes, where: str) -> None:
    strange = (
        strange_in(_json(content, name, where)) if PROGRAM.fullmatch(name) else "a program of a strange name"
    )
    if strange:
        raise refused(name, strange, where)


def _check_pickle(name: str, content: bytes, where: str) -> None:
    if not content:
        return
    try:
        torch.load(io.BytesIO(content), weights_only=True, map_location="cpu")
    except Exception as error:  # whatever is wrong with it, it is not plain tensors
        raise refused(name, "a pickle of more than plain tensors", where) from error
