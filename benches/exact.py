"""The matrix products of `exact.rs` by python-flint: python3 exact.py A.safetensors B.safetensors

Reads lines from stdin. `run THREADS` times the products (of the same integers: every tensor over its smallest common
power of two) and prints the seconds on the wall and of processor time; `value` prints the inner product that follows from them.
"""

import json
import struct
import sys
import time

import flint
import numpy as np
from flint import fmpz_mat


def read(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = entry["data_offsets"]
            tensors[name] = np.frombuffer(data[start:end], dtype="<f4").reshape(entry["shape"])
    return tensors


def integers(tensor):
    """An integer matrix and the power of two that it is over."""
    mantissa, exponent = np.frexp(tensor.astype(np.float64))
    mantissa, exponent = (mantissa * 2.0**24).astype(np.int64), exponent - 24
    lowest = int(exponent[mantissa != 0].min())
    rows = [
        [int(m) << (int(e) - lowest) if m else 0 for m, e in zip(ms, es)]
        for ms, es in zip(mantissa, exponent)
    ]
    return fmpz_mat(rows), -lowest


a, b = (
    {name: integers(tensor) for name, tensor in read(path).items()} for path in sys.argv[1:3]
)
matrix = {(key, name): net[name][0] for key, net in (("a", a), ("b", b)) for name in net}
across = {key: value.transpose() for key, value in matrix.items()}


def products():
    """All products but the last, which needs entrywise operations before it."""
    s = matrix["a", "embed"] * across["b", "embed"]
    left, right = matrix["a", "left"] * s, matrix["a", "right"] * s
    four = [x * across["b", name] for x in (left, right) for name in ("left", "right")]
    own = [
        matrix[key, "left"] * (matrix[key, "embed"] * across[key, "embed"]) for key in ("a", "b")
    ]
    return four, own


def entrywise(four, own):
    """M = S_ll' S_rr' + S_lr' S_rl' + s s'^T. FLINT has no entrywise products: this is not timed."""
    ll, lr, rl, rr = (np.array(m.tolist(), dtype=object) for m in four)
    diagonals = [
        (np.array(m.tolist(), dtype=object) * np.array(matrix[key, "right"].tolist(), dtype=object)).sum(axis=1)
        for key, m in zip(("a", "b"), own)
    ]
    return fmpz_mat((ll * rr + lr * rl + np.outer(*diagonals)).tolist())


def last(m):
    return matrix["a", "down"] * m


def value():
    m = last(entrywise(*products()))
    total = sum(
        m[i, j] * matrix["b", "down"][i, j] for i in range(m.nrows()) for j in range(m.ncols())
    )
    power = sum(net[name][1] * n for net in (a, b) for name, n in
                (("embed", 2), ("left", 1), ("right", 1), ("down", 1)))
    return flint.fmpq(total, flint.fmpz(2) ** power)


middle = entrywise(*products())
for line in sys.stdin:
    words = line.split()
    if words[0] == "run":
        flint.ctx.threads = int(words[1])
        start, busy = time.perf_counter(), time.process_time()
        products()
        last(middle)
        print(time.perf_counter() - start, time.process_time() - busy, flush=True)
    else:
        print(value(), flush=True)
