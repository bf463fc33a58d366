"""Values for cli_pprint.c, and what Python prints for them. Three lines each, all of them JSON: the value, pprint.pformat(value),
repr(value) or null. JSON has no bytes, no keys but texts, no infinities: they are written as maps of one "$..." key."""

import collections
import datetime
import decimal
import json
import pprint
import random
import uuid

ExtType = collections.namedtuple("ExtType", "code data")


class Undefined:
    def __repr__(self):
        return "Undefined"


UNDEFINED = Undefined()


def form(name, text):
    return {"__type__": name, "_": text}


def to_json(v):
    if isinstance(v, bytes):
        return {"$bytes": v.hex()}
    if isinstance(v, ExtType):
        return {"$ext": [v.code, v.data.hex()]}
    if isinstance(v, float) and (v != v or v in (float("inf"), float("-inf"))):
        return {"$float": str(v)}
    if isinstance(v, int) and v >= 1 << 63:
        return {"$uint": str(v)}
    if isinstance(v, list):
        return [to_json(x) for x in v]
    if isinstance(v, set):
        return form("set", [to_json(x) for x in v])
    if isinstance(v, dict):
        if all(isinstance(k, str) for k in v):
            return {k: to_json(x) for k, x in v.items()}
        return {"$map": [[to_json(k), to_json(x)] for k, x in v.items()]}
    if isinstance(v, datetime.datetime):
        return form("datetime", v.isoformat())
    if isinstance(v, datetime.date):
        return form("date", v.isoformat())
    if isinstance(v, datetime.time):
        return form("time", v.isoformat() + "Z")
    if isinstance(v, decimal.Decimal):
        return form("Decimal", str(v))
    if isinstance(v, uuid.UUID):
        return form("UUID", str(v))
    if v is UNDEFINED:
        return form("UndefinedType", "")
    return v


def has_set(v):
    """Its repr() is in an order of Python's own."""
    if isinstance(v, dict):
        return any(has_set(x) for x in v.values())
    return isinstance(v, set) and len(v) > 1 or isinstance(v, list) and any(has_set(x) for x in v)


# ---- chosen values ----

CHARACTERS = [chr(c) for c in list(range(0x180)) + [
    0x2FF, 0x378, 0x600, 0x605, 0x61C, 0x6DD, 0x70F, 0x890, 0x8E2, 0x1680, 0x180E, 0x2000, 0x200A, 0x200B, 0x2010, 0x2028, 0x2029,
    0x202F, 0x2030, 0x205F, 0x2060, 0x2065, 0x3000, 0x3001, 0x4E2D, 0xD7FB, 0xE000, 0xF8FF, 0xF900, 0xFDD0, 0xFEFF, 0xFFFD, 0xFFFE,
    0xFFFF, 0x10000, 0x1F600, 0x110BD, 0x13430, 0x1BCA0, 0x1D173, 0x1FFFE, 0xE0001, 0xE0100, 0xF0000, 0x10FFFF]
    if chr(c) not in ("\u0378", "\u2065")]  # not assigned: Python's own Unicode decides

TEXTS = CHARACTERS + [
    "", "plain", "it's", 'say "x"', "it's \"x\"", "back\\slash", "a\nb", "a\r\nb\rc", "tab\there", "nul\0byte", "h\u00e9 \u4e2d", "\U0001f600" * 50,
    "lorem ipsum " * 12, "x" * 100, " " * 100, ("word " * 20).strip(), "line one\nline two\nline three " * 4, "\u4e2d\u6587 " * 40,
    "a\u2028b\x85c\x1cd " * 12, "no\u00a0break " * 15, "ends with newline " * 6 + "\n", "\n" * 50, "'" * 90, ("it's " * 20).strip()]

FLOATS = [0.0, -0.0, 1.0, -1.0, 0.1, 1 / 3, 2 / 3, 1e15, 1e16, 1e17, 123456789012345.6, 1234567890123456.7, 12345678901234567.0, 1e-4, 1e-5,
          0.00012345, 1.5e300, 1e22, 1e23, 5e-324, 1.7976931348623157e308, 2.2250738585072014e-308, 9007199254740993.0, 3.14159, 100.0,
          float("nan"), float("inf"), float("-inf")]

INTEGERS = [0, 1, -1, 127, 128, 255, 1 << 31, -(1 << 31), 1 << 53, (1 << 63) - 1, -(1 << 63), 1 << 63, (1 << 64) - 1]

UTC = datetime.timezone.utc
FORMS = [
    datetime.datetime(2015, 7, 8, 20, 51, 30), datetime.datetime(2015, 7, 8), datetime.datetime(2015, 7, 8, 20, 51, 30, 5),
    datetime.datetime(2015, 7, 8, 20, 51, 0, 123456), datetime.datetime(2015, 7, 8, 20, 51, 30, tzinfo=UTC),
    datetime.datetime(2015, 7, 8, 20, 51, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
    datetime.datetime(2015, 7, 8, 20, 51, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=-5, minutes=-30))),
    datetime.date(1, 1, 1), datetime.date(9999, 12, 31), datetime.time(0, 0), datetime.time(20, 51, 30), datetime.time(1, 2),
    decimal.Decimal("1.10"), decimal.Decimal("-3E+5"), decimal.Decimal("0"), uuid.UUID("12345678-1234-5678-1234-567812345678"), UNDEFINED,
]

BYTES = [b"", b"\x00\x01", b"abc", b"it's", b'"', b"it's \"x\"", bytes(range(256)), b"abcd" * 30, b"\xff" * 33, b"\n\r\t\\", b"a" * 77, b"a" * 78,
         ExtType(5, b"\x01\x02"), ExtType(-1, b"")]

CONTAINERS = [
    [], {}, set(), [[]], [{}], {"a": {}}, {1}, {1, 2, 3}, set(range(100, 140)), {"".join(["k"] * 90)}, [None, True, False], [[1, [2, [3, [4]]]]],
    {"b": 1, "a": 2, "\u00e9": 3, "Z": 4}, {10: "x", 9: "y", -1: "z"}, {2.5: 1, 2: 2, 3: 3, True: 4}, {b"b": 1, b"a": 2},
    {"c": ["d" * 27, "e" * 31], "a" * 32: "b" * 37}, {"x": {"y": {"z": ["w " * 30, {"v": "u" * 60}]}}},
    [{"name": "n%d" % i, "values": list(range(i))} for i in range(30)], [[[["deep " * 20]]]], {"k": b"\x00" * 60}, [b"q" * 70],
    {"key": ("long text " * 9).strip()}, {"k" * 75: 1, "l" * 76: [1, 2]}, {"k" * 78: ""}, [[[[[[""] * 2] * 2] * 2] * 2] * 2], ["" for _ in range(30)]]

# ---- random ones ----

RANDOM = random.Random(20150708)


def random_text():
    alphabet = RANDOM.choice(["ab c", "ab \n\t'", "\u00e9\u4e2d x", "ab\"' \\", "a \u00a0\u2028\x1c\r\n"])
    return "".join(RANDOM.choice(alphabet) for _ in range(RANDOM.choice([0, 3, 10, 40, 75, 78, 80, 160])))


def random_value(depth):
    kind = RANDOM.randrange(12 if depth else 7)
    if kind == 0:
        return RANDOM.choice(INTEGERS)
    if kind == 1:
        return RANDOM.choice(FLOATS[:-3] + [RANDOM.uniform(-1, 1) * 10.0 ** RANDOM.randrange(-30, 30) for _ in range(20)])
    if kind == 2:
        return bytes(RANDOM.randrange(256) for _ in range(RANDOM.choice([0, 1, 4, 5, 20, 60])))
    if kind == 3:
        return RANDOM.choice(FORMS + [None, True, False])
    if kind < 7:
        return random_text()
    if kind < 9:
        return [random_value(depth - 1) for _ in range(RANDOM.randrange(7))]
    if kind == 9:
        return set(RANDOM.sample(range(10**9), 12)) if RANDOM.random() < 0.5 else {RANDOM.randrange(100)}
    return {random_text()[:30]: random_value(depth - 1) for _ in range(RANDOM.randrange(7))}


def main():
    values = TEXTS + FLOATS + INTEGERS + FORMS + BYTES + CONTAINERS + [[t] for t in TEXTS] + [{"key": t} for t in TEXTS]
    values += [RANDOM.uniform(-1, 1) * 10.0 ** RANDOM.randrange(-300, 300) for _ in range(500)]
    values += [random_value(RANDOM.randrange(6)) for _ in range(1500)]
    for v in values:
        print(json.dumps(to_json(v)))
        print(json.dumps(pprint.pformat(v)))
        print(json.dumps(None if has_set(v) else repr(v)))


main()
