// Certificates as a PEM chain (RFC 7468).
import type { Bytes } from "@sealserve/primitives";

export function writePem(certificates: readonly Bytes[]): string {
  return certificates.map(writeOne).join("");
}

function writeOne(der: Bytes): string {
  let binary = "";
  for (const byte of der) binary += String.fromCharCode(byte);
  const lines = btoa(binary).match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
