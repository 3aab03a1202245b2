// Wrong values of the chart and the sentence that refuses each: rows that go together, and single values of which each has a line.
import type { Rendering } from "./helm.ts";

const set = (...each: readonly string[]): Rendering => ({ set: each });

export const refused: readonly (readonly [what: string, Rendering, sentence: string])[] = [
  [
    "a TEE that there is not",
    set("tee.kind=sev"),
    "at '/tee/kind': value must be one of 'native', 'sgx', 'tdx', 'snp'",
  ],
  [
    "a key that there is not",
    set("backends.main.replica=2"),
    "at '/backends/main': additional properties 'replica' not allowed",
  ],
  [
    "a port beyond the last",
    set("frontend.ports.inference=99999"),
    "frontend.ports.inference is 99999: allowed is a whole number from 0 to 65535",
  ],
  ["no backend", { json: ['backends={"main":null}'] }, "backends names no group: leave at least one, such as main"],
  [
    "a text where a number is wanted",
    { json: ['frontend.replicas="many"'] },
    "frontend.replicas is 'many': allowed is a whole number from 1 to 10000",
  ],
  ["root as the user", set("pods.uid=0"), "pods.uid is 0: allowed is a whole number from 1 to 2147483647"],
  [
    "a digest that is none",
    set("frontend.image.digest=abc"),
    "frontend.image.digest is 'abc': allowed is empty, or sha256: and 64 hex digits",
  ],
  [
    "a quantity that is none",
    set("tee.sgx.epc=2GiB"),
    "tee.sgx.epc is '2GiB': allowed is a quantity above nothing such as 2Gi or 512Mi",
  ],
  [
    "a broker in plaintext",
    set("tee.kind=tdx", "keyBroker.url=http://broker"),
    "keyBroker.url is 'http://broker': allowed is an https URL without a path",
  ],
  [
    "a path as a root key",
    set("keyBroker.rootKey.file=a/b"),
    "keyBroker.rootKey is 'a/b': allowed is letters, digits, '.', '_' and '-'",
  ],
  [
    "a password in a host",
    set("postgres.host=user:secret@db"),
    "postgres.host is 'user:secret@db': allowed is a name or an address, without scheme, port or password",
  ],
  [
    "a group with a long name",
    set("backends.A_long_name.replicas=1"),
    "the name of a group in backends is 'A_long_name': allowed is 1 to 15 lower-case letters, digits and '-'",
  ],
  [
    "an authority of no PCCS",
    set("keyBroker.collateral.pccsUrl=http://pccs.example", "keyBroker.collateral.pccsCaSecret=ca"),
    "keyBroker.collateral.pccsCaSecret vouches for a PCCS: it wants keyBroker.collateral.pccsUrl with https, and nothing in keyBroker.collateral.offline",
  ],
  [
    "a TEE without a broker",
    set("tee.kind=tdx"),
    "tee.kind is tdx, and nobody releases keys there: set keyBroker.enabled to true, or keyBroker.url to the broker that is there already",
  ],
  ...["issued", "cert-manager"].map(
    (source) =>
      [
        `a mesh by ${source} in a TEE`,
        set("tee.kind=tdx", "keyBroker.enabled=true", `mesh.source=${source}`, "mesh.issuer.name=ca"),
        `mesh.source is ${source} and tee.kind is tdx: behind a frontend that attests nobody reads requests whom no policy has judged; set mesh.source to key-broker or auto`,
      ] as const,
  ),
  [
    "two brokers",
    set("keyBroker.enabled=true", "keyBroker.url=https://b"),
    "keyBroker.enabled and keyBroker.url are both set: a key broker of this release, or one that is there already, not both",
  ],
  [
    "a native mesh by a broker",
    set("mesh.source=key-broker"),
    "mesh.source is key-broker, and nothing attests in a native installation: use issued or cert-manager",
  ],
  [
    "a certificate that nobody vouches for",
    set("frontend.tls.source=process"),
    "frontend.tls.source is process, which only evidence can vouch for: use generated, secret or cert-manager in a native installation",
  ],
  [
    "a Secret without a name",
    set("frontend.tls.source=secret"),
    "frontend.tls.source is secret: name the Secret with tls.crt and tls.key in frontend.tls.secretName",
  ],
  [
    "an issuer without a name",
    set("frontend.tls.source=cert-manager"),
    "frontend.tls.source is cert-manager: name the issuer in frontend.tls.issuer.name",
  ],
  [
    "a key file in a TEE",
    { values: ["tdx"], set: ["identity.keyFileSecret=key"] },
    "identity is set and tee.kind is tdx: in a TEE the key broker opens sealed models; remove identity.keyFileSecret and identity.passphraseSecret",
  ],
  [
    "brokers that share SQLite",
    { values: ["tdx"], set: ["keyBroker.replicas=2"] },
    "keyBroker.replicas is 2, and SQLite is one broker's own: set postgres.enabled, or keyBroker.replicas to 1",
  ],
  ["PostgreSQL nowhere", set("postgres.enabled=true"), "postgres.enabled is true: name its host in postgres.host"],
  [
    "PostgreSQL without a password",
    set("postgres.enabled=true", "postgres.host=db"),
    "postgres.enabled is true: name the Secret with the key password in postgres.frontend.passwordSecret",
  ],
  [
    "changes that nobody keeps",
    set("frontend.management.tokenSecret=token"),
    "frontend.management.tokenSecret is set, and what calls change has to be kept for all frontends: set postgres.enabled",
  ],
  [
    "two places of collateral",
    { values: ["snp"], set: ["keyBroker.collateral.offline.claim=a", "keyBroker.collateral.offline.image=b"] },
    "keyBroker.collateral.offline names more than one of configMap, claim and image: collateral comes from one folder",
  ],
  [
    "a prediction before a verdict",
    { values: ["snp"], set: ["test.model=add"] },
    "test.model is set and tee.kind is snp: give the policy by which the server is judged before the request, in test.policy",
  ],
  [
    "evidence that nobody may ask for",
    { values: ["tdx"], set: ["tee.configfs.hostPath=/sys/kernel/config/tsm"] },
    "tee.configfs.hostPath is set, and Linux lets only uid 0 ask there: set tee.configfs.asRoot to true",
  ],
  [
    "a volume of one node for many pods",
    set("backends.main.replicas=3"),
    "backends.main would share a volume of ReadWriteOnce, which one node mounts: set models.pvc.accessMode to ReadWriteMany, or use nfs, s3 or image",
  ],
  [
    "NFS from nowhere",
    set("models.source=nfs"),
    "models.source of backends.main is nfs: set models.nfs.server and models.nfs.path",
  ],
  [
    "S3 from nowhere",
    set("models.source=s3"),
    "models.source of backends.main is s3: set models.s3.endpoint, models.s3.bucket and models.s3.secretName",
  ],
  [
    "a tool by its tag",
    set("models.s3.image=rclone:latest"),
    "s3.image is 'rclone:latest': allowed is an image by its digest, such as rclone/rclone@sha256:… with 64 hex digits",
  ],
  [
    "an image of models without a name",
    set("models.source=image"),
    "models.source of backends.main is image: set models.image.reference",
  ],
  [
    "a door for nobody",
    set("frontend.ports.inference=0", "frontend.ports.openInference=0", "frontend.ports.tensorflowServing=0"),
    "frontend.ports switches inference, openInference and tensorflowServing off: leave clients one of them",
  ],
  [
    "a port twice",
    set("frontend.ports.inference=8000"),
    "where inference is already: give each its own port, or 0 to switch one off",
  ],
  [
    "a port of health",
    set("backend.port=9001"),
    "backend.port is 9001, where health and metrics are already: give it another",
  ],
  [
    "more than the most",
    set("frontend.autoscaling.minReplicas=9"),
    "frontend.autoscaling.minReplicas is 9 and maxReplicas is 8: the least is at most the most",
  ],
];
