import hashlib

import pytest

CONDITIONS = tuple(hashlib.sha256(str(i).encode()).hexdigest() for i in range(3))


def tables(low, high, *, conditions=CONDITIONS, models=("net", "vit")):
    """Tables of the samples low … high-1, functions of the position; every 7th output is not finite."""
    cells = [(p, m, c) for p in range(low, high) for m in models for c in sorted(conditions)]
    nan = [p % 7 == 3 for p, _, _ in cells]
    key = {
        "sample": [f"klasse/bild_{p:04d}_ä.png" for p, _, _ in cells],
        "position": [p for p, _, _ in cells],
        "model": [m for _, m, _ in cells],
        "condition": [c for _, _, c in cells],
        "draw": [0] * len(cells),
    }
    rows = {
        **key,
        "axis": ["size"] * len(cells),
        "severity": [0.05 * (1 + sorted(conditions).index(c)) for _, _, c in cells],
        "unit": ["share of pixels"] * len(cells),
        "target": [f"{p % 5},{p % 5 + 5}" for p, _, _ in cells],
        "answer": [-1 if n else p % 4 for n, (p, _, _) in zip(nan, cells, strict=True)],
        "confidence": [None if n else (p * 37 % 101) / 101 for n, (p, _, _) in zip(nan, cells, strict=True)],
        "score": [0.0 if n else float(p % 4 == p % 5) for n, (p, _, _) in zip(nan, cells, strict=True)],
        "status": ["nan-output" if n else "ok" for n in nan],
        "reason": [""] * len(cells),
        "pixels": [hashlib.sha256(f"{p}{c}".encode()).hexdigest()[:32] for p, _, c in cells],
        "facts": ["{}"] * len(cells),
    }
    finite = [i for i, n in enumerate(nan) if not n]
    outputs = {k: [v[i] for i in finite] for k, v in key.items()}
    outputs["top"] = [[p % 5, 5, 6][: 2 + p % 2] for p in outputs["position"]]
    outputs["top_confidence"] = [[0.5, 0.25, 0.125][: 2 + p % 2] for p in outputs["position"]]
    place = range(low, high)
    samples = {
        "sample": [f"klasse/bild_{p:04d}_ä.png" for p in place],
        "position": list(place),
        "label": ["a | b" for _ in place],
        "content": [hashlib.sha256(str(p).encode()).hexdigest() for p in place],
        "height": [64 for _ in place],
        "width": [48 for _ in place],
        "canvas_height": [32 for _ in place],
        "canvas_width": [24 for _ in place],
        "mask_share": [None if p % 2 else 0.25 for p in place],
        "facts": ['{"lighting":"dim"}' for _ in place],
    }
    unread = {"sample": [], "position": [], "reason": []}
    pictures = {
        "sample": [f"klasse/bild_{p:04d}_ä.png" for p in place],
        "condition": [CONDITIONS[0] for _ in place],
        "draw": [0 for _ in place],
        "kind": ["edited" for _ in place],
        "artifact": [hashlib.sha256(f"picture {p}".encode()).hexdigest() for p in place],
    }
    return {"samples": samples, "unread": unread, "pictures": pictures, "outputs": outputs, "rows": rows}


@pytest.fixture(scope="session")
def make_tables():
    return tables


@pytest.fixture
def write(make_tables):
    """Write a whole record with segments that end at the given positions."""
    from durometer.records import Record, RecordWriter

    def write(path, ends, digest="plan"):
        with RecordWriter.open(path, plan_digest=digest, plan_text="schema = 1\n", manifest={}) as writer:
            for number, (low, high) in enumerate(zip((0, *ends), ends, strict=False)):
                if number not in writer.done:
                    writer.write_segment(number, make_tables(low, high))
            writer.finish({})
        return Record.open(path)

    return write
