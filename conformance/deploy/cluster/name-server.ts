// A cluster's name server as a process: `node name-server.ts ADDRESS` answers A and SRV questions from the records that it reads as a line of JSON.
import { createSocket } from "node:dgram";
import { createInterface } from "node:readline";

export interface ClusterRecords {
  readonly A: Readonly<Record<string, readonly string[]>>;
  readonly SRV: Readonly<Record<string, readonly { readonly name: string; readonly port: number }[]>>;
}

const types = { 1: "A", 33: "SRV" } as const;
const [address = "127.0.0.1"] = process.argv.slice(2);
let records: ClusterRecords = { A: {}, SRV: {} };

createInterface({ input: process.stdin }).on("line", (line) => {
  records = JSON.parse(line);
  process.stdout.write("{}\n");
});
const socket = createSocket("udp4");
socket.on("message", (question, from) => socket.send(answer(question), from.port, from.address));
socket.bind(53, address, () => process.stdout.write("{}\n"));

function answer(question: Buffer): Buffer {
  const end = question.indexOf(0, 12) + 1;
  const name = nameAt(question, 12);
  const type = types[question.readUInt16BE(end) as keyof typeof types];
  const found = dataOf(type, name);
  const known = name in records.A || name in records.SRV;
  const head = Buffer.alloc(12);
  question.copy(head, 0, 0, 2);
  // An answer with authority; 3: there is no such name.
  head.writeUInt16BE(0x8580 | (known ? 0 : 3), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(found.length, 6);
  const written = found.map((data) => {
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(question.readUInt16BE(end), 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(5, 6);
    record.writeUInt16BE(data.length, 10);
    return Buffer.concat([record, data]);
  });
  return Buffer.concat([head, question.subarray(12, end + 4), ...written]);
}

function dataOf(type: "A" | "SRV" | undefined, name: string): readonly Buffer[] {
  if (type === "A") return (records.A[name] ?? []).map((ip) => Buffer.from(ip.split(".").map(Number)));
  if (type !== "SRV") return [];
  return (records.SRV[name] ?? []).map(({ name: target, port }) => {
    const labels = target.split(".").map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`));
    return Buffer.concat([Buffer.from([0, 0, 0, 0, port >> 8, port & 0xff]), ...labels, Buffer.from([0])]);
  });
}

function nameAt(message: Buffer, start: number): string {
  const labels: string[] = [];
  for (let at = start; message[at]; at += 1 + (message[at] ?? 0)) {
    labels.push(message.toString("latin1", at + 1, at + 1 + (message[at] ?? 0)));
  }
  return labels.join(".").toLowerCase();
}
