// What an old value meant that was unsafe, and what it is now; what has no meaning any more.
import type { OldValues } from "./old-values.ts";

export interface ValuesWarning {
  readonly key: string;
  /** `unsafe`: what it did endangered models or requests; `changed`: it is done otherwise now, or not at all. */
  readonly severity: "unsafe" | "changed";
  readonly sentence: string;
}

type Judge = (old: OldValues) => Omit<ValuesWarning, "key"> | null;

const unsafe = (sentence: string) => ({ severity: "unsafe", sentence }) as const;
const changed = (sentence: string) => ({ severity: "changed", sentence }) as const;
const when = (condition: boolean | undefined, warning: Omit<ValuesWarning, "key">) => (condition ? warning : null);

/** By key, in the order in which the old chart listed them. */
const judges: { readonly [K in keyof Required<OldValues>]: Judge } = {
  imageName: () => changed("images are those of this project, or of your own build; set image.registry"),
  nfsServerIp: ({ nfsServerIp = "" }) =>
    when(/^your_/.test(nfsServerIp), changed("it was left as the placeholder; models come from a claim (models.pvc)")),
  nfsPath: () =>
    unsafe(
      "the share held models, the key that opens them and the TLS key together, for every pod and the share's operator to read; only its model/torchserve is mounted now, read-only. Remove key/torchserve from the share, and take what lay there for known",
    ),
  TEEMode: ({ TEEMode }) =>
    TEEMode === "tdx"
      ? unsafe(
          "no TD was attached in this mode; pods now run under runtimeClassName kata-qemu-tdx: set tee.runtimeClassName to yours",
        )
      : when(
          TEEMode === "sgx",
          unsafe(
            "the enclave ran whatever a file on the host said, attested or not; nothing is served now before the key broker accepts the evidence. Each enclave takes 2Gi of EPC instead of 20",
          ),
        ),
  PCCSUrl: ({ TEEMode, PCCSUrl = "" }) =>
    TEEMode === "native"
      ? when(PCCSUrl !== "", changed("nothing asks a PCCS in a native installation"))
      : changed(
          `the key broker asks it, and judges by what its vendor signed. The old PCCS made its own certificate: name a Secret with it (ca.crt) in keyBroker.collateral.pccsCaSecret. Quotes are made on the node, by ${TEEMode === "tdx" ? "its quote generation service" : "its aesmd"}, which has a setting of its own`,
        ),
  backendNum: () =>
    changed(
      "each backend runs a model's instances by itself; see models.NAME.instances before many backends. It starts with as many as before",
    ),
  modelName: ({ modelName }) =>
    changed(
      `every model on the share is served; ${JSON.stringify(modelName)} is one of them where its archive lies there. Python handlers are not run: see docs/operations/from-bigdl.md`,
    ),
  inferencePort: () => null,
  managementPort: () =>
    unsafe(
      "it was open to everybody, without a credential; now nobody reaches it but whom frontend.management.from names, and changes need frontend.management.tokenSecret",
    ),
  metricsPort: () => null,
  backendPort: () =>
    unsafe(
      "whoever connected first was served, in plain TCP; backends now answer frontends of their mesh alone, over mutual TLS",
    ),
  istioTLSEnabled: ({ istioTLSEnabled }) =>
    when(
      istioTLSEnabled,
      unsafe(
        "its PeerAuthentication was PERMISSIVE and took plaintext, and its DestinationRule missed the backends; now STRICT, with the right hosts, around the processes' own TLS",
      ),
    ),
  modelDecryption: ({ modelDecryption }) =>
    modelDecryption
      ? unsafe(
          "archives were encrypted by AES-ECB without authentication: pieces could be changed and exchanged. They are not opened: seal the original model with sealserve seal",
        )
      : changed("models lie unsealed on the share: sealserve seal makes files that open only after attestation"),
  aesKey: () =>
    unsafe(
      "the model's key lay in a file beside the model. It is left out: keys are the key broker's now, and come to an attested process only",
    ),
  tlsEnable: ({ tlsEnable }) =>
    when(
      tlsEnable === false,
      unsafe(
        "requests travelled in plaintext. There is no such setting any more: clients need https, and the certificate that the notes show",
      ),
    ),
  savedOnDisk: ({ savedOnDisk }) =>
    when(savedOnDisk, unsafe("decrypted models were written to a disk. They are opened in memory only now; left out")),
  securedDir: ({ securedDir, savedOnDisk }) =>
    when(
      securedDir !== undefined && savedOnDisk !== false,
      unsafe("decrypted models were unpacked there. Left out; wipe that folder on the nodes"),
    ),
};

export function warningsOf(old: OldValues, unknown: readonly string[]): readonly ValuesWarning[] {
  const known = Object.entries(judges).flatMap(([key, judge]) => {
    const warning = Object.hasOwn(old, key) ? judge(old) : null;
    return warning ? [{ key, ...warning }] : [];
  });
  const strange = unknown.map((key) => ({ key, ...changed("the old chart had no such key; left out") }));
  return [...known, ...missingOf(old), ...strange];
}

/** What the old chart did unless it was told otherwise. */
function missingOf({ tlsEnable, TEEMode }: OldValues): readonly ValuesWarning[] {
  const grpc = "its gRPC ports 7070 and 7071 were plaintext whatever this said; there is no gRPC listener now";
  return [
    ...(tlsEnable === true ? [{ key: "tlsEnable", ...changed(grpc) }] : []),
    ...(TEEMode === undefined ? [{ key: "TEEMode", ...changed("not given: sgx, as in the old chart") }] : []),
  ];
}
