// Intel's extension of PCK certificates: which platform the certificate is for, and how far it is patched.
import type { Bytes } from "@sealserve/primitives";
import { boolean, enumerated, integer, octetString, oid, sequence } from "../der/der-writer.ts";
import { fromHex } from "../hex.ts";
import { extension } from "../x509/extension.ts";
import type { IntelPlatform } from "./platform.ts";

const root = "1.2.840.113741.1.13.1";

export function pckExtension(platform: IntelPlatform): Bytes {
  const hex = (text: string, width: number): Bytes => octetString(fromHex(text, width));
  const item = (suffix: string, value: Bytes): Bytes => sequence(oid(`${root}.${suffix}`), value);
  const svns = platform.componentSvns.map((svn, index) => item(`2.${index + 1}`, integer(svn)));
  const tcb = sequence(
    ...svns,
    item("2.17", integer(platform.pceSvn)),
    item("2.18", octetString(Uint8Array.from(platform.componentSvns))),
  );
  const ofPlatform = sequence(item("7.1", boolean(true)), item("7.2", boolean(false)), item("7.3", boolean(false)));
  const value = sequence(
    item("1", hex(platform.ppid, 16)),
    item("2", tcb),
    item("3", hex(platform.pceId, 2)),
    item("4", hex(platform.fmspc, 6)),
    item("5", enumerated(platform.ca === "platform" ? 1 : 0)),
    ...(platform.ca === "platform" ? [item("6", hex(platform.platformInstanceId, 16)), item("7", ofPlatform)] : []),
  );
  return extension(root, value);
}
