"""Drives an exported device with the independent USB/IP client of PyPI's `usbip`.

Usage: usbip_peer.py PORT. Prints one JSON object with what it saw.
"""

import json
import sys

import usbip
from usbip.host import list_devices
from usbip.transport import USBIP

transport = USBIP("127.0.0.1", int(sys.argv[1]))
listed = list_devices(transport)
handle = usbip.open(listed[0]["idVendor"], listed[0]["idProduct"], transport=transport)
config = handle.control(0x80, 6, 0x0200, 0, 255)
strings = [
    handle.control(0x80, 6, 0x0300 | index, 0x0409, 255)[2:].decode("utf-16-le")
    for index in (1, 2, 3)
]
echoes = []
for size in (1, 64, 511):
    data = bytes((i * 5 + size) & 255 for i in range(size))
    sent = handle.bulk_out(0x01, data)
    echoes.append([size, sent, handle.bulk_in(0x81, 512) == data])
try:
    handle.control(0xC0, 9, 0, 0, 4)
    stalled = False
except usbip.Stall:
    stalled = True
count = list(handle.interrupt_in(0x82, 8))
handle.close()
print(
    json.dumps(
        {
            "listed": listed,
            "descriptor": vars(handle.device_descriptor),
            "config": list(config),
            "strings": strings,
            "echoes": echoes,
            "stalled": stalled,
            "count": count,
        }
    )
)
