"""Writes the checkpoints that ../checkpoint.same reads. Needs nothing but Python's standard library.

    python3 write_checkpoints.py

Nothing is trained: the files are what a training run on AND of four bits could have left behind.
step_1000 holds a circuit in disguise. Layer 0 computes x0 x1 and x2 x3, layer 1 their product. The disguise
permutes, rescales and splits hidden units, and changes the basis of the residual stream. All weights are small
dyadic fractions, so they are exact in float32.
step_500 is the same, except that one weight is 2^-12 off; step_0 is noise.
"""

import json
import random
import struct
from pathlib import Path

INPUTS, STREAM, HIDDEN, LAYERS = 4, 7, 4, 2


def zeros(rows, columns):
    return [[0.0] * columns for _ in range(rows)]


def matmul(a, b):
    return [[sum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]


def circuit():
    """Channels 0 to 3 of the stream hold x, 4 and 5 the products of pairs, 6 the answer."""
    embed = zeros(STREAM, INPUTS)
    for i in range(INPUTS):
        embed[i][i] = 1.0
    layers = []
    for units in ([(0, 1, 4), (2, 3, 5)], [(4, 5, 6)]):
        left, right, down = zeros(HIDDEN, STREAM), zeros(HIDDEN, STREAM), zeros(STREAM, HIDDEN)
        for h, (a, b, target) in enumerate(units):
            left[h][a] = right[h][b] = down[target][h] = 1.0
        layers.append((left, right, down))
    head = zeros(1, STREAM)
    head[0][6] = 1.0
    return embed, layers, head


def disguise(embed, layers, head, rng):
    hidden = []
    for left, right, down in layers:
        # Split unit 0: unit 3, dead so far, reads the same, and the two share the column of `down`.
        left[3], right[3] = left[0][:], right[0][:]
        for row in down:
            row[3], row[0] = 0.75 * row[0], 0.25 * row[0]
        # Rescale: a unit that reads more writes less.
        for h in range(HIDDEN):
            a, b = 2.0 ** rng.randint(-2, 2), 2.0 ** rng.randint(-2, 2)
            left[h] = [a * w for w in left[h]]
            right[h] = [b * w for w in right[h]]
            for row in down:
                row[h] /= a * b
        order = rng.sample(range(HIDDEN), HIDDEN)
        left, right = [left[h] for h in order], [right[h] for h in order]
        down = [[row[h] for h in order] for row in down]
        hidden.append((left, right, down))
    # Another basis of the stream: row operations on its writers, and their inverses on its readers.
    for _ in range(12):
        i, j = rng.sample(range(STREAM), 2)
        c = rng.choice([-1.0, 1.0])
        for writes in [embed] + [down for _, _, down in hidden]:
            writes[i] = [x + c * y for x, y in zip(writes[i], writes[j])]
        for reads in [head] + [m for left, right, _ in hidden for m in (left, right)]:
            for row in reads:
                row[j] -= c * row[i]
    return embed, hidden, head


def noise(rng):
    def matrix(rows, columns):
        return [[rng.gauss(0, 0.5) for _ in range(columns)] for _ in range(rows)]

    layers = [(matrix(HIDDEN, STREAM), matrix(HIDDEN, STREAM), matrix(STREAM, HIDDEN)) for _ in range(LAYERS)]
    return matrix(STREAM, INPUTS), layers, matrix(1, STREAM)


def save(path, embed, layers, head):
    """The safetensors format: the length of the header, a JSON header, the data."""
    tensors = {"embed.weight": embed}
    for i, (left, right, down) in enumerate(layers):
        tensors.update({f"body.{i}.l.weight": left, f"body.{i}.r.weight": right, f"body.{i}.d.weight": down})
    tensors["head.weight"] = head
    header, data = {}, b""
    for name, matrix in tensors.items():
        start = len(data)
        for row in matrix:
            data += struct.pack(f"<{len(row)}f", *row)
        header[name] = {"dtype": "F32", "shape": [len(matrix), len(matrix[0])], "data_offsets": [start, len(data)]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def main():
    here = Path(__file__).parent
    save(here / "step_0.safetensors", *noise(random.Random(0)))
    embed, layers, head = disguise(*circuit(), random.Random(1))
    save(here / "step_1000.safetensors", embed, layers, head)
    layers[0][0][0][0] += 2.0**-12
    save(here / "step_500.safetensors", embed, layers, head)


main()
