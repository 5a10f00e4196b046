"""The workbench: one segment from files to tables. Samples are read once and shown to every model."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from torch import Tensor

from durometer.core import canonical_json
from durometer.core.sceptic import object_share
from durometer.records import RecordWriter
from durometer.run.attacked import attack_rows
from durometer.run.conditions import CANVAS
from durometer.run.desk import Desk
from durometer.run.gallery import Gallery, suffix, thumbnail
from durometer.run.load import Chunk, Loaded, Unread, chunks, load
from durometer.run.premade import reader
from durometer.run.prepare import Options, Prepared
from durometer.run.searched import searched
from durometer.run.show import Bench, Shown, shown
from durometer.run.tables import FURTHER, OUTPUTS, PICTURES, ROWS, SAMPLES, SEARCHES, UNREAD, Row, columns
from durometer.run.tally import Tally

AHEAD = 2
"""Stressed batches that may wait for the models; bounds the memory of a run with several workers."""

BLOCK = 256 * 2**20
"""Bytes of decoded originals after which no more are read before the models were asked."""


class Workbench:
    """Makes segments; holds what lives as long as the run and no more than one segment of samples.

    Args:
        prepared: The plan and what it needs.
        writer: Where segments go.
        options: Workers and device.
    """

    def __init__(self, prepared: Prepared, writer: RecordWriter, options: Options) -> None:
        plan = prepared.plan
        self._prepared, self._writer, self._options = prepared, writer, options
        premade = reader(prepared.dataset, prepared.canvas)
        self._bench = Bench(plan.seed, prepared.banks, options.device, premade)
        self._gallery = Gallery(plan.seed, len(prepared.positions), CANVAS.key)
        self.tally = Tally()
        self._rows: list[Row] = []
        self._outputs: list[Row] = []
        self._searches: list[Row] = []
        self._further: dict[str, list[Row]] = {name: [] for name in FURTHER}
        self._checked = False
        self._desks = [
            Desk(
                s.name,
                s.model,
                s.task,
                batch_size=plan.batch_size,
                answered=self._answered,
                wanted=self._gallery.wants,
                device=options.device,
            )
            for s in prepared.subjects
        ]

    def recall(self, number: int) -> None:
        """Take a segment that an earlier run left into the tallies and the gallery's counts."""
        self.tally.add_samples(self._writer.read_segment(number, "samples"))
        self.tally.add_unread(self._writer.read_segment(number, "unread"))
        rows = self._writer.read_segment(number, "rows")
        pictures = self._writer.read_segment(number, "pictures")
        at = np.flatnonzero(np.asarray(rows["condition"]) == CANVAS.key)
        self.tally.add_cuts([rows["model"][i] for i in at], [rows["facts"][i] for i in at])
        kept = set(zip(pictures["sample"], pictures["condition"], pictures["draw"], strict=True))
        wanted = ("sample", "position", "model", "condition", "draw", "score", "status")
        table = [
            dict(zip(wanted, values, strict=True)) for values in zip(*(rows[k] for k in wanted), strict=True)
        ]
        for row in table:
            if (row["sample"], row["condition"], row["draw"]) in kept:
                self._gallery.waiting[row["position"], row["condition"], row["draw"]] = b""
        self._gallery.choose(table)
        self._gallery.close()

    def segment(self, number: int, positions: Sequence[int]) -> None:
        """Read, change, ask and write one segment."""
        self._empty()
        samples: list[Row] = []
        unread: list[Unread] = []
        with ThreadPoolExecutor(max(1, self._options.workers)) as pool:
            for found in self._blocks(positions, pool):
                loaded = [item for item in found if isinstance(item, Loaded)]
                unread += [item for item in found if isinstance(item, Unread)]
                samples += [_sample_row(item, self._prepared) for item in loaded]
                self._ask_all(loaded, pool)
        for desk in self._desks:
            desk.flush()
        self._close(number, samples, unread)

    def _blocks(self, positions: Sequence[int], pool: ThreadPoolExecutor) -> Iterator[list[Loaded | Unread]]:
        """Yield what was read, in blocks that memory holds whatever the size of the images."""
        read = pool.map if self._options.workers > 1 else map
        step, block, held = self._prepared.plan.batch_size, [], 0
        for start in range(0, len(positions), step):
            part: list[Loaded | Unread] = list(read(self._load, positions[start : start + step]))
            block += part
            held += sum(item.native.x.nbytes for item in part if isinstance(item, Loaded))
            if held >= BLOCK:
                yield block
                block, held = [], 0
        yield block

    def _ask_all(self, loaded: Sequence[Loaded], pool: ThreadPoolExecutor) -> None:
        """Show some samples to every model under every condition."""
        about = {item.position: item for item in loaded}
        parts = chunks(loaded, self._prepared.plan.batch_size)
        # closed at once when a model fails or the user interrupts: the workers must not wait for this thread
        with contextlib.closing(self._stream(parts, pool)) as stream:
            for one in stream:
                self._take(one, about)
        for chunk in parts:
            self._attack(chunk)
            self._search(chunk)

    def _load(self, position: int) -> Loaded | Unread:
        prepared = self._prepared
        tasks = [s.task for s in prepared.subjects]
        return load(prepared.dataset, position, prepared.canvas, tasks)

    def _stream(self, parts: Sequence[Chunk], pool: ThreadPoolExecutor) -> Generator[Shown]:
        """Yield what is shown; with several workers, they edit ahead while this thread asks the models."""
        if self._options.workers <= 1 or len(parts) < 2:
            for chunk in parts:
                yield from self._shown(chunk)
            return
        ready: queue.Queue[Shown | None] = queue.Queue(maxsize=AHEAD)
        stop = threading.Event()
        futures = [pool.submit(self._produce, chunk, ready, stop) for chunk in parts]
        waiting = len(futures)
        try:
            while waiting:
                item = ready.get()
                if item is None:
                    waiting -= 1
                else:
                    yield item
        finally:
            stop.set()
            while waiting:  # make room, so that every worker sees the sign and ends
                waiting -= ready.get() is None
        _raise_first(futures)

    def _produce(self, chunk: Chunk, ready: queue.Queue[Shown | None], stop: threading.Event) -> None:
        try:
            for item in () if stop.is_set() else self._shown(chunk):
                ready.put(item)
                if stop.is_set():
                    return
        finally:
            ready.put(None)

    def _shown(self, chunk: Chunk) -> Iterator[Shown]:
        check, self._checked = not self._checked, True
        return shown(chunk, self._prepared.stressed, self._bench, check=check)

    def _take(self, one: Shown, about: Mapping[int, Loaded]) -> None:
        ids = [about[p].sample.id for p in one.positions]
        for desk in self._desks:
            desk.show(one, ids)

    def _attack(self, chunk: Chunk) -> None:
        for condition in self._prepared.attacked:
            for subject, desk in zip(self._prepared.subjects, self._desks, strict=True):
                for x, rows in attack_rows(
                    condition, subject, chunk, seed=self._prepared.plan.seed,
                    batch_size=self._prepared.plan.batch_size, device=self._options.device,
                    others=self._prepared.subjects,
                ):  # fmt: skip
                    desk.answer_tensor(x, rows)

    def _search(self, chunk: Chunk) -> None:
        for result in searched(self._prepared, chunk, self._bench, self._writer.save_artifact):
            self._desks[result.subject].show(result.shown, chunk.batch.ids)
            self._searches += result.rows

    def _answered(self, row: Row, tables: Mapping[str, Sequence[Row]], picture: Tensor | None) -> None:
        row.pop("y", None)
        self._rows.append(row)
        self._gallery.see(row, picture)
        self._outputs += tables.get("outputs", ())
        first = row["model"] == self._desks[0].name
        for name, kept in self._further.items():
            if first or "model" in FURTHER[name]:  # what is true is the same for all models
                kept += tables.get(name, ())

    def _empty(self) -> None:
        self._rows, self._outputs, self._searches = [], [], []
        self._further = {name: [] for name in FURTHER}

    def _close(self, number: int, about: Sequence[Row], unread: Sequence[Unread]) -> None:
        samples = columns(about, SAMPLES)
        missing = columns(
            [{"sample": u.sample, "position": u.position, "reason": u.reason} for u in unread], UNREAD
        )
        pictures = columns(self._pictures(), PICTURES)
        self._writer.write_segment(
            number,
            {
                "samples": samples, "unread": missing, "pictures": pictures,
                "outputs": columns(self._outputs, OUTPUTS), "rows": columns(self._rows, ROWS),
                "searches": columns(self._searches, SEARCHES),
                **{name: columns(rows, FURTHER[name]) for name, rows in self._further.items()},
            },
        )  # fmt: skip
        self.tally.add_samples(samples)
        self.tally.add_unread(missing)
        canvas = [r for r in self._rows if r["condition"] == CANVAS.key]
        canvas.sort(key=lambda r: (r["position"], r["model"]))
        self.tally.add_cuts([r["model"] for r in canvas], [r["facts"] for r in canvas])
        self._empty()

    def _pictures(self) -> list[Row]:
        chosen = self._gallery.choose(self._rows)
        ids = {r["position"]: r["sample"] for r in self._rows}
        waiting, originals = self._gallery.close()
        kept = [(key, "edited", waiting[key]) for key in chosen]
        positions = sorted({position for position, _, _ in chosen})
        kept += [((p, CANVAS.key, 0), "original", thumbnail(originals[p])) for p in positions]
        return [
            {"sample": ids[p], "condition": c, "draw": d, "kind": kind,
             "artifact": self._writer.save_artifact(picture, suffix(picture))}
            for (p, c, d), kind, picture in kept
        ]  # fmt: skip


def _sample_row(item: Loaded, prepared: Prepared) -> Row:
    labels = getattr(prepared.dataset, "titles", prepared.dataset.labels)
    task = prepared.subjects[0].task
    mask = item.sample.aux.get("mask")
    return {
        "sample": item.sample.id, "position": item.position,
        "label": " | ".join(labels[i] for i in task.classes(item.sample.y)), "content": item.content,
        "height": item.native.x.shape[-2], "width": item.native.x.shape[-1],
        "canvas_height": item.sample.x.shape[-2], "canvas_width": item.sample.x.shape[-1],
        "mask_share": None if mask is None else float(object_share(mask)[0]),
        "facts": canonical_json(dict(item.sample.facts)),
    }  # fmt: skip


def _raise_first(futures: Sequence[Future[None]]) -> None:
    for future in futures:
        future.result()
