"""What deep.rs compares samenet with: FLINT expands one network, NumPy evaluates both on the grid.

Reads the two networks (a list of layers, each [left, right, down], integer matrices) from the JSON file that
is the first argument, and prints {"flint": seconds, "numpy": seconds}.
"""
import json
import sys
import time

import flint
import numpy as np


def expand(layers, width):
    """The outputs as polynomials over the integers."""
    ring = flint.fmpz_mpoly_ctx.get([f"x{i}" for i in range(width)], "degrevlex")
    values = list(ring.gens())
    for left, right, down in layers:
        def linear(matrix, vector):
            return [sum((w * v for w, v in zip(row, vector) if w), ring.constant(0)) for row in matrix]
        hidden = [a * b for a, b in zip(linear(left, values), linear(right, values))]
        values = linear(down, hidden)
    return values


def value_bound(layers, size):
    """A bound on every output at inputs of absolute value at most `size`."""
    bound = size
    for left, right, down in layers:
        def norm(matrix):
            return max(sum(map(abs, row)) for row in matrix)
        bound = norm(down) * norm(left) * norm(right) * bound * bound
    return bound


def primes_above(product):
    """31-bit primes, largest first, whose product exceeds the argument."""
    found, candidate, total = [], 2**31 - 1, 1
    while total <= product:
        if all(candidate % d for d in range(3, 46341, 2)):
            found.append(candidate)
            total *= candidate
        candidate -= 2
    return found


def grid(width, degree):
    """All points with nonnegative entries of sum at most `degree`, the last coordinate fixed to 1."""
    points = [()]
    for _ in range(width - 1):
        points = [p + (k,) for p in points for k in range(degree - sum(p) + 1)]
    return np.array([p + (1,) for p in points], dtype=np.int64)


def evaluate(layers, points, prime):
    """Residues below 2^31 keep every product below 2^62; the weights have one digit."""
    values = points % prime
    for left, right, down in layers:
        a = values @ np.array(left).T % prime
        b = values @ np.array(right).T % prime
        values = (a * b % prime) @ np.array(down).T % prime
    return values


def main():
    with open(sys.argv[1]) as file:
        first, second = json.load(file)
    width, degree = len(first[0][0][0]), 2 ** len(first)

    start = time.perf_counter()
    terms = sum(len(p) for p in expand(first, width))
    flint_seconds = time.perf_counter() - start
    assert terms > 0

    start = time.perf_counter()
    points = grid(width, degree)
    bound = 2 * max(value_bound(net, degree) for net in (first, second))
    same = all(
        np.array_equal(evaluate(first, part, prime), evaluate(second, part, prime))
        for prime in primes_above(bound)
        for part in np.array_split(points, 16)
    )
    numpy_seconds = time.perf_counter() - start
    assert same
    print(json.dumps({"flint": flint_seconds, "numpy": numpy_seconds}))


main()
