// Mesh certificates of an installation without a key broker: from PEM files, which somebody else renews.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { reasonOf, reread } from "@sealserve/primitives";
import { SessionError } from "@sealserve/session";
import { type MeshCredentials, meshNameOf } from "@sealserve/session/node";
import type { EnterMeshParts } from "./enter-mesh.node.ts";
import type { MeshMembership } from "./mesh-membership.node.ts";

/** Paths of PEM files. */
export interface MeshFiles {
  readonly certificate: string;
  readonly key: string;
  readonly roots: string;
  readonly trustDomain: string;
}

/** Milliseconds between two looks at the files. */
const interval = 5_000;

/**
 * The files are read again every few seconds; what cannot be used, such as a certificate whose new key is not written yet, is passed over and
 * told to the log. Throws `certificate-unavailable` where the first reading fails.
 */
export async function meshFromFiles(
  files: MeshFiles,
  { clock, logger }: Pick<EnterMeshParts, "clock" | "logger">,
): Promise<MeshMembership> {
  const told: ((credentials: MeshCredentials) => void)[] = [];
  const reading = await reread(
    { interval, read: () => read(files), isSame },
    {
      clock,
      onChanged(found) {
        logger.info("the mesh certificate was renewed", { notAfter: found.notAfter.toISOString() });
        for (const act of told) act(found);
      },
      onProblem: (reason) => logger.warn("the files of the mesh certificate cannot be used", { reason }),
    },
  );
  return {
    get current() {
      return reading.current;
    },
    trustDomain: files.trustDomain,
    tenant: null,
    onRenewed: (act) => told.push(act),
    [Symbol.dispose]: () => reading[Symbol.dispose](),
  };
}

async function read(files: MeshFiles): Promise<MeshCredentials> {
  try {
    const [certificate, privateKey, roots] = await Promise.all(
      [files.certificate, files.key, files.roots].map((file) => readFile(file, "utf8")),
    );
    if (certificate === undefined || privateKey === undefined || roots === undefined)
      throw new Error("a file is missing");
    const name = meshNameOf(certificate);
    if (name?.trustDomain !== files.trustDomain) {
      throw new Error(`the certificate must have one name, spiffe://${files.trustDomain}/ROLE/…`);
    }
    if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey))) {
      throw new Error("the key does not belong to the certificate");
    }
    if (!/-----BEGIN CERTIFICATE-----/.test(roots)) throw new Error("there is no root");
    return { certificate, privateKey, roots, notAfter: new Date(name.notAfter) };
  } catch (error) {
    throw new SessionError("certificate-unavailable", { reason: reasonOf(error) }, error);
  }
}

function isSame(a: MeshCredentials, b: MeshCredentials): boolean {
  return a.certificate === b.certificate && a.privateKey === b.privateKey && a.roots === b.roots;
}
