"""An Ethernet switch in user space between TAP devices, with loss, delay and cuts between any two of them.

Arguments: the names of the TAP devices to make. Standard input: one JSON document a line, such as
{"between": ["tap0", "tap1"], "loss": 0.05, "delay": 0.3, "cut": false}; delays are in seconds, "between": null means every
pair, and a later line for a pair replaces what an earlier one said. Each is answered with a line once it holds. It ends with its
standard input, and the devices with it: no switch outlives who started it.
"""

import fcntl
import heapq
import json
import os
import random
import selectors
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
LONGEST_FRAME = 65536
PERFECT = (0.0, 0.0, False)


def open_tap(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return device


class Switch:
    def __init__(self, names):
        self.devices = {name: open_tap(name) for name in names}
        self.places = {}
        self.usual = PERFECT
        self.between = {}
        self.delayed = []
        self.count = 0

    def rule(self, command):
        rule = (command.get("loss", 0.0), command.get("delay", 0.0), command.get("cut", False))
        pair = command["between"]
        if pair is None:
            self.usual, self.between = rule, {}
        else:
            self.between[frozenset(pair)] = rule

    def take(self, source):
        while True:
            try:
                frame = os.read(self.devices[source], LONGEST_FRAME)
            except OSError:
                # Nothing more just now, or a device that is not up yet.
                return
            if len(frame) < 14:
                continue
            to, sender = frame[:6], frame[6:12]
            self.places[sender] = source
            known = None if to[0] & 1 else self.places.get(to)
            for target in self.devices if known is None else (known,):
                if target != source:
                    self.forward(source, target, frame)

    def forward(self, source, target, frame):
        loss, delay, cut = self.between.get(frozenset((source, target)), self.usual)
        if cut or (loss > 0 and random.random() < loss):
            return
        if delay > 0:
            self.count += 1
            heapq.heappush(self.delayed, (time.monotonic() + delay, self.count, target, frame))
        else:
            self.deliver(target, frame)

    def deliver(self, target, frame):
        try:
            os.write(self.devices[target], frame)
        except OSError:
            # Its queue is full, or it is down: a switch drops then.
            pass

    def deliver_delayed(self):
        """Returns seconds until the next frame is due; None where there is none."""
        while self.delayed:
            due = self.delayed[0][0] - time.monotonic()
            if due > 0:
                return due
            _, _, target, frame = heapq.heappop(self.delayed)
            self.deliver(target, frame)
        return None


def main():
    switch = Switch(sys.argv[1:])
    selector = selectors.DefaultSelector()
    for name, device in switch.devices.items():
        selector.register(device, selectors.EVENT_READ, name)
    selector.register(sys.stdin, selectors.EVENT_READ, None)
    os.set_blocking(sys.stdin.fileno(), False)
    unread = b""
    print(json.dumps({"ready": True}), flush=True)
    while True:
        for key, _ in selector.select(switch.deliver_delayed()):
            if key.data is not None:
                switch.take(key.data)
                continue
            read = os.read(sys.stdin.fileno(), LONGEST_FRAME)
            if not read:
                return
            *lines, unread = (unread + read).split(b"\n")
            for line in lines:
                switch.rule(json.loads(line))
                print(json.dumps({"holds": True}), flush=True)


if __name__ == "__main__":
    main()
