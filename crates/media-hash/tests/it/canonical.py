"""Reads JSON documents, a length of four bytes before each, and answers each
with its canonical form in the same way, or with 0xffffffff if it has none.

A number that is not finite is refused wherever it stands, also under a key
that comes again, whose value Python alone would forget."""

import json
import math
import sys

sys.setrecursionlimit(10_000)
if hasattr(sys, "set_int_max_str_digits"):
    sys.set_int_max_str_digits(0)


def finite(text):
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


read, write = sys.stdin.buffer.read, sys.stdout.buffer.write
while header := read(4):
    text = read(int.from_bytes(header, "little")).decode()
    try:
        value = json.loads(text, parse_float=finite, parse_constant=finite)
        canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
    except ValueError:
        write(b"\xff\xff\xff\xff")
    else:
        write(len(canonical).to_bytes(4, "little") + canonical.encode())
    sys.stdout.buffer.flush()
