#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Copies the public headers and appends a field to each structure of the plugin ABI that may grow: grow.py INCLUDE... OUT"""
import pathlib
import re
import sys

GROWN = {
    "csp.h": {
        "omadm_csp_request": "uint64_t grown;",
        "omadm_csp_services": "uint32_t (*grown)(uint64_t host);",
        "omadm_csp_slots": "omadm_status (*grown)(uint64_t self);",
        "omadm_csp_descriptor": "uint64_t grown;",
        "omadm_csp_alert": "uint64_t grown;",
        "omadm_csp_http_request": "uint64_t grown;",
        "omadm_csp_http_reply": "uint64_t grown;",
    },
    "tpm.h": {"omadm_tpm_calls": "omadm_tpm_status (*grown)(uint64_t tpm);"},
}

*folders, out = map(pathlib.Path, sys.argv[1:])
target = out / "omadm"
target.mkdir(parents=True, exist_ok=True)
for folder in folders:
    for header in sorted((folder / "omadm").glob("*.h")):
        text = header.read_text()
        for name, field in GROWN.get(header.name, {}).items():
            text, times = re.subn(rf"(\n)\}} {name};", rf"\1  {field}\n}} {name};", text)
            assert times == 1, f"{header}: where does {name} end?"
        copy = target / header.name
        if not copy.exists() or copy.read_text() != text:
            copy.write_text(text)
