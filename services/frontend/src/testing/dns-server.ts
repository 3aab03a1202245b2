// For tests: a name server on loopback that answers A, AAAA and SRV questions from a table, or not at all.
import { createSocket } from "node:dgram";
import { once } from "node:events";

export interface DnsRecords {
  readonly A?: Readonly<Record<string, readonly string[]>>;
  readonly SRV?: Readonly<Record<string, readonly { readonly name: string; readonly port: number }[]>>;
}

export interface DnsServer extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  /** Null: no answer; a number: answered with this code and nothing else. */
  records: DnsRecords | number | null;
}

const types = { 1: "A", 33: "SRV" } as const;

export async function dnsServer(records: DnsServer["records"]): Promise<DnsServer> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const server: DnsServer = {
    address: `127.0.0.1:${socket.address().port}`,
    records,
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, "close");
    },
  };
  socket.on("message", (question, from) => {
    const reply = answer(question, server.records);
    if (reply) socket.send(reply, from.port, from.address);
  });
  return server;
}

function answer(question: Buffer, records: DnsServer["records"]): Buffer | null {
  if (records === null) return null;
  const end = question.indexOf(0, 12) + 1;
  const type = types[question.readUInt16BE(end) as keyof typeof types];
  const found = typeof records === "number" ? [] : recordsOf(records, type, nameAt(question, 12));
  const head = Buffer.alloc(12);
  question.copy(head, 0, 0, 2);
  head.writeUInt16BE(0x8180 | (typeof records === "number" ? records : 0), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(found.length, 6);
  const written = found.map((data) => {
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(type === "SRV" ? 33 : 1, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt16BE(data.length, 10);
    return Buffer.concat([record, data]);
  });
  return Buffer.concat([head, question.subarray(12, end + 4), ...written]);
}

function recordsOf(records: DnsRecords, type: "A" | "SRV" | undefined, name: string): readonly Buffer[] {
  if (type === "A") return (records.A?.[name] ?? []).map((ip) => Buffer.from(ip.split(".").map(Number)));
  if (type !== "SRV") return [];
  return (records.SRV?.[name] ?? []).map(({ name: target, port }) => {
    const labels = target
      .split(".")
      .map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, "latin1"));
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
