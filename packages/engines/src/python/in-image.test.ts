// Which mount shows a file: the deepest, the last of two at one place, and no neighbour whose name begins alike.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isInImage, mountOf } from "./in-image.ts";

const mountinfo = [
  "21 1 0:20 / / rw,relatime - overlay overlay rw",
  "22 21 0:21 / /proc rw - proc proc rw",
  "23 21 8:1 /volume /models rw - ext4 /dev/sda1 rw",
  "24 23 8:2 / /models/with\\040space rw - ext4 /dev/sdb rw",
  "25 21 8:3 / /usr rw - ext4 /dev/sdc rw",
  "26 21 8:4 / /usr rw - ext4 /dev/sdd rw",
  "",
].join("\n");

for (const [path, mount] of [
  ["/opt/program.js", "21"],
  ["/models/bin/python3", "23"],
  ["/models", "23"],
  ["/models2/bin/python3", "21"],
  ["/models/with space/python3", "24"],
  ["/usr/bin/python3", "26"],
] as const) {
  test(`${path} is in mount ${mount}`, () => {
    assert.equal(mountOf(path, mountinfo), mount);
  });
}

test("this file is where the program is, and /proc is not (G21)", async () => {
  assert.equal(await isInImage(import.meta.filename), true);
  assert.equal(await isInImage("/proc/self/status"), false);
});
