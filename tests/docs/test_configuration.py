#!/usr/bin/python3
"""doc/configuration.md lists every key that idl/config.lymph has, with its type, default, limits and meaning.

After a change of idl/config.lymph:

    BUILD=$PWD/build PYTHONPATH=tests tests/docs/test_configuration.py --regenerate
"""

import os
import re
import sys
import unittest

import compiler
import tap

PAGE = os.path.join(compiler.ROOT, "doc", "configuration.md")
SOURCE = os.path.join(compiler.ROOT, "idl", "config.lymph")
MARK = "\n## Keys\n"
WORDS = {"string": "text", "bool": "`true` or `false`", "float64": "number", "any": "anything", "map<string, any>": "section",
         "list<string>": "list of texts"}
FIELD = re.compile(r"(?P<type>[\w<>, ]+?) (?P<name>\w+)(?P<optional>\?)?(?: = (?P<preset>[^\[;]+?))?(?: \[(?P<options>.*)\])?;")


def declarations(text):
    """(kind, name, doc, body) of each declaration, as lymphc prints it."""
    for doc, kind, name, body in re.findall(r"((?:^/// [^\n]*\n)*)^(struct|enum) (\w+) \{\n?(.*?)\}$", text, re.M | re.S):
        yield kind, name, " ".join(line[4:] for line in doc.splitlines()), body


def type_text(name, options, enums, structs):
    if name in structs:
        return "section"
    if name in enums:
        return " or ".join(f"`{value}`" for value in enums[name])
    text = WORDS.get(name, "integer" if re.fullmatch(r"u?int\d+", name) else name)
    low, high = (re.search(rf"\b{which} = ([-\d.]+)", options) for which in ("min", "max"))
    low = low.group(1) if low else {"uint16": "0", "uint32": "0"}.get(name)
    high = high.group(1) if high else {"uint16": "65535", "uint32": "4294967295"}.get(name)
    if name in ("string", "list<string>") and (low or high):
        unit = "bytes" if name == "string" else "items"
        return f"{text}, {low} to {high} {unit}" if high else f"{text}, not empty"
    return f"{text} of {low} to {high}" if low and high else text


def rows(body, enums, structs):
    doc, silent = [], []
    yield "| key | type | default | |"
    yield "|---|---|---|---|"
    for line in body.splitlines():
        line = line.strip()
        if line.startswith("/// "):
            doc.append(line[4:])
            continue
        field = FIELD.fullmatch(line)
        if not field:
            raise AssertionError(line)
        options = field["options"] or ""
        if field["type"] == "any" and not doc:
            silent.append(f"`{field['name']}`")
        else:
            preset = f"`{field['preset'].strip(chr(34))}`" if field["preset"] else "" if field["optional"] or field["type"] in structs else "must be there"
            meaning = " ".join(doc) + (" Deprecated." if "deprecated" in options else "")
            yield f"| `{field['name']}` | {type_text(field['type'], options, enums, structs)} | {preset} | {meaning.strip()} |"
        doc = []
    if silent:
        yield ""
        yield f"Accepted without effect: {', '.join(silent)}."


def generated():
    text = compiler.lymphc("--format", SOURCE).stdout
    found = list(declarations(text))
    enums = {name: re.findall(r"\w+", body) for kind, name, _, body in found if kind == "enum"}
    structs = {name for kind, name, _, _ in found if kind == "struct"}
    lines = []
    for kind, name, doc, body in found:
        if kind == "enum":
            continue
        title, _, rest = doc.partition(": ")
        lines += ["", f"### {title}", "", rest[:1].upper() + rest[1:], "", *rows(body, enums, structs)]
    return "\n".join(lines) + "\n"


class Configuration(unittest.TestCase):
    maxDiff = None

    def test_the_page_lists_what_is_read(self):
        self.assertEqual(compiler.read(PAGE).partition(MARK)[2], generated())


if __name__ == "__main__":
    if "--regenerate" in sys.argv:
        head, mark, _ = compiler.read(PAGE).partition(MARK)
        compiler.write(PAGE, head + mark + generated())
    else:
        tap.main()
