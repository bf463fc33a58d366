#!/usr/bin/python3
"""The errors that the comments of the public headers name: each function says which it returns, and each of them is made to happen, by
tests/integration/errors.c or by the test that is named here."""

import glob
import os
import re
import unittest

import compiler
import page
import tap

CASES = "tests/integration/errors.c"
# What takes a peer or a module of its own.
ELSEWHERE = {
    ("lymph_request", "LYMPH_EPROTO"): ("tests/unit/call.c", "test_answers_that_are_none"),
    ("lymph_load", "LYMPH_EINVAL"): ("tests/cli/test_instance.py", "test_configured_name_that_is_taken"),
    ("lymph_uuid_parse", "LYMPH_EINVAL"): ("tests/unit/convert.c", "test_uuids_are_read_and_printed"),
    ("lymph_datetime_from_time", "LYMPH_EINVAL"): ("tests/unit/convert.c", "test_what_is_no_datetime"),
    ("lymph_datetime_to_time", "LYMPH_EINVAL"): ("tests/unit/convert.c", "test_what_is_no_datetime"),
    ("lymph_test_settle", "LYMPH_ETIMEDOUT"): ("tests/integration/testing.c", "test_what_hangs_is_told"),
    ("lymph_test_wait_emitted", "LYMPH_ETIMEDOUT"): ("tests/integration/testing.c", "test_waiting_for_an_event"),
    ("lymph_test_fault_add_sized", "LYMPH_EINVAL"): ("tests/integration/testing.c", "test_what_is_newer_than_the_library"),
    ("lymph_load_class", "LYMPH_EINVAL"): ("tests/cli/test_instance.py", "test_module_of_another_abi"),
}
# These return what they are told.
EXEMPT = {"lymph_fail", "lymph_error_status"}
# Of those that name the usual errors.
USUAL = {"LYMPH_ENOMEM", "LYMPH_ECANCELED"}


def functions():
    """{function: (its errors, whether the usual ones are among them)}, as the headers have it."""
    found = {}
    for path in sorted(glob.glob(f"{compiler.INCLUDE}/lymph/*.h")):
        for comment, code in re.findall(r"/\*(.*?)\*/(.*?)(?=/\*|\Z)", compiler.read(path), re.S):
            said = re.sub(r"\s*\n \* ?", " ", comment).partition("Errors:")[2]
            for name in re.findall(r"^lymph_status (lymph_\w+)\(", code, re.M):
                found[name] = said
    resolved = {}
    def resolve(name):
        if name not in resolved:
            like = re.match(r"\s*as (lymph_\w+)", found[name])
            errors, usual = resolve(like.group(1)) if like else (set(), False)
            resolved[name] = errors | set(re.findall(r"LYMPH_E[A-Z]+", found[name])), usual or "the usual" in found[name]
        return resolved[name]
    for name in found:
        resolve(name)
    return resolved


class Errors(unittest.TestCase):
    def setUp(self):
        self.functions = functions()
        self.text = page.read(CASES)
        self.runs = dict(re.findall(r'\{"(lymph_\w+)", \w+, (true|false)\}', self.text))
        self.cases = set(re.findall(r'\{"(lymph_\w+)", (LYMPH_E[A-Z]+), \w+\}', self.text))

    def test_every_function_names_its_errors(self):
        self.assertGreater(len(self.functions), 25)
        self.assertLessEqual(EXEMPT, self.functions.keys())
        silent = {name for name, (errors, usual) in self.functions.items() if not errors and not usual} - EXEMPT
        self.assertEqual(silent, set())

    def test_every_error_that_is_named_exists_and_happens(self):
        codes = set(re.findall(r"^    (LYMPH_E[A-Z]+) =", compiler.read(f"{compiler.INCLUDE}/lymph/status.h"), re.M))
        named = {(name, error) for name, (errors, usual) in self.functions.items() for error in errors
                 if not (usual and error in USUAL) and not (error == "LYMPH_ENOMEM" and self.runs.get(name) == "false")}
        self.assertLessEqual({error for _, error in named}, codes)
        self.assertEqual(self.cases & ELSEWHERE.keys(), set())
        self.assertEqual(named, self.cases | ELSEWHERE.keys())

    def test_the_usual_ones_are_tried_with_each_that_names_them(self):
        self.assertEqual({n for n, run in self.runs.items() if run == "true"}, {n for n, (_, usual) in self.functions.items() if usual})
        self.assertEqual({n for n, run in self.runs.items() if run == "false"},
                         {n for n, (errors, usual) in self.functions.items() if not usual and "LYMPH_ENOMEM" in errors})

    def test_the_tests_elsewhere_are_there(self):
        for path, test in ELSEWHERE.values():
            self.assertTrue(os.path.exists(f"{compiler.ROOT}/{path}"))
            self.assertRegex(page.read(path), rf"\b{test}\b")


if __name__ == "__main__":
    tap.main()
