#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What abi.py says of changes that break plugins, and of those that do not."""
import pathlib
import unittest

import abi

RECORDED = (pathlib.Path(__file__).parent / "layout.txt").read_text()


def changed(old, new):
    assert old in RECORDED, old
    return abi.check_layout(RECORDED, RECORDED.replace(old, new))


class Layout(unittest.TestCase):
    def says(self, found, text):
        self.assertTrue(any(text in sentence for sentence in found), found)

    def test_the_recorded_layout_is_no_change(self):
        self.assertEqual(abi.check_layout(RECORDED, RECORDED), [])

    def test_a_field_that_moved_is_named(self):
        self.says(changed("omadm_csp_request.uri at 24", "omadm_csp_request.uri at 32"),
                  "omadm_csp_request.uri moved from octet 24 to 32")

    def test_a_field_that_is_gone_is_named(self):
        self.says(changed("  omadm_csp_alert.code at 4 size 4: int\n", ""), "omadm_csp_alert.code is gone")

    def test_another_signature_of_the_same_size_is_named(self):
        self.says(changed("omadm_csp_services.now at 16 size 8: int64_t", "omadm_csp_services.now at 16 size 8: uint64_t"),
                  "omadm_csp_services.now is")

    def test_a_sized_structure_may_grow_at_its_end(self):
        at = RECORDED.index("type omadm_format")
        grown = RECORDED.replace("struct omadm_csp_slots size 144", "struct omadm_csp_slots size 152").replace(
            "struct omadm_csp_descriptor", "  omadm_csp_slots.more at 144 size 8: int(*)(void)\nstruct omadm_csp_descriptor")
        self.assertGreater(at, 0)
        self.assertEqual(abi.check_layout(RECORDED, grown), [])

    def test_a_field_in_the_padding_at_the_end_is_refused(self):
        self.says(changed("struct omadm_csp_services size", "  omadm_csp_http_reply.more at 68 size 4: uint32_t\nstruct omadm_csp_services size"),
                  "struct_size cannot tell who knows it")

    def test_a_structure_without_a_size_may_not_grow(self):
        self.says(changed("struct omadm_tpm_pcrs size", "  omadm_tpm_clock.more at 24 size 8: uint64_t\nstruct omadm_tpm_pcrs size"),
                  "has no struct_size")

    def test_another_value_of_a_constant_is_named(self):
        self.says(changed("enum OMADM_ST_NOT_FOUND = 404", "enum OMADM_ST_NOT_FOUND = 405"), 'OMADM_ST_NOT_FOUND was "= 404"')

    def test_a_new_constant_is_no_change(self):
        self.assertEqual(abi.check_layout(RECORDED, RECORDED + "enum OMADM_ST_NEW = 499\n"), [])

    def test_symbols_are_compared_both_ways(self):
        found = abi.check_symbols("a@@V\nb@@V\n", "b@@V\nc@@V\n")
        self.says(found, "a@@V is no longer exported")
        self.says(found, "c@@V is new")


if __name__ == "__main__":
    unittest.main()
