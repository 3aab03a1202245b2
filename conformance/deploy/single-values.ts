// Single wrong values of the chart, each with the sentence that refuses it.

/** What is set, as `--set` or `--set-json` takes it; the sentence's beginning; the values files below it. */
export type WrongValue = readonly [value: string, sentence: string, values?: readonly string[]];

export const singleValues: readonly WrongValue[] = [
  [
    "keyBroker.rootKey.file=",
    "keyBroker.rootKey names no file: give file, passphraseFile or shares, the names of keys in keyBroker.secretName",
  ],
  ['keyBroker.rootKey.shares=["a"]', "keyBroker.rootKey.shares names one file: give two or more, or use file"],
  [
    "keyBroker.secretName=",
    "keyBroker.secretName is empty: name the Secret with the root key and the administrators' public keys",
    ["tdx"],
  ],
  ["keyBroker.tenant=", "keyBroker.tenant is '': allowed is letters, digits, '.', '_' and '-'"],
  [
    "keyBroker.tls.source=secret",
    "keyBroker.tls.source is secret: name the Secret with tls.crt, tls.key and ca.crt in keyBroker.tls.secretName",
    ["tdx"],
  ],
  [
    "keyBroker.tls.source=cert-manager",
    "keyBroker.tls.source is cert-manager: name the issuer in keyBroker.tls.issuer.name",
    ["tdx"],
  ],
  [
    "keyBroker.caSecret=ca",
    "keyBroker.caSecret is set and keyBroker.url is not: it is for a broker that is there already; one of this release has keyBroker.tls",
  ],
  ["keyBroker.administrators=[]", "keyBroker.administrators is empty: name at least one, with a public key and roles"],
  [
    'keyBroker.administrators=[{"name":"a","roles":["auditor"]}]',
    "keyBroker.administrators: a has no publicKey and no certificate: give one of them",
  ],
  [
    'keyBroker.administrators=[{"name":"a","publicKey":"a.pub","roles":[]}]',
    "keyBroker.administrators: a has no roles: allowed are key-admin, policy-admin and auditor",
  ],
  [
    "keyBroker.persistence.size=big",
    "keyBroker.persistence.size is 'big': allowed is a quantity above nothing such as 2Gi or 512Mi",
  ],
  ["keyBroker.replicas=0", "keyBroker.replicas is 0: allowed is a whole number from 1 to 10000"],
  ["keyBroker.inTee=maybe", "keyBroker.inTee is 'maybe': allowed is true or false"],
  [
    "keyBroker.resources.limits.memory=100Mi",
    "keyBroker.resources.requests.memory is 256Mi and keyBroker.resources.limits.memory is 100Mi: a request is at most its limit",
  ],
  ["backend.memoryFolder=", "backend.memoryFolder is '': allowed is a quantity above nothing such as 2Gi or 512Mi"],
  [
    "backend.memoryFolder=0Gi",
    "backend.memoryFolder is '0Gi': allowed is a quantity above nothing such as 2Gi or 512Mi",
  ],
  [
    "backend.memoryFolder=4Gi",
    "backend.memoryFolder is 4Gi and backend.resources.limits.memory is 4Gi: the folder lies in memory and counts against the limit, beside 320Mi for the process and its other files; raise the limit, or make the folder smaller",
  ],
  [
    "backend.temporaryFolder=4Gi",
    "backend.temporaryFolder is 4Gi and backend.resources.limits.memory is 4Gi: the folder lies in memory and counts against the limit, beside 256Mi for the process",
  ],
  [
    "backends.main.memoryFolder=8Gi",
    "backends.main.memoryFolder is 8Gi and backend.resources.limits.memory is 4Gi: the folder lies in memory and counts against the limit",
  ],
  [
    'backends.main.resources={"limits":{"memory":"1Gi"}}',
    "backend.memoryFolder is 1Gi and backends.main.resources.limits.memory is 1Gi: the folder lies in memory",
  ],
  [
    'backends.main.resources={"limits":{"memory":"256Mi"}}',
    "backends.main.resources.limits.memory is 256Mi: the process and its files in memory need 320Mi",
    ["sgx"],
  ],
  ["backends.main.replicas=-1", "backends.main.replicas is -1: allowed is a whole number from 0 to 10000"],
  ["backends.small={}", "backends.small.replicas is missing: allowed is a whole number from 0 to 10000"],
  [
    "backends.main.epc=two",
    "backends.main.epc is 'two': allowed is empty, or a quantity above nothing such as 2Gi or 512Mi",
  ],
  [
    "backend.resources.requests.cpu=xx",
    "backend.resources.requests.cpu is 'xx': allowed is a number of processors such as 2, 0.5 or 500m",
  ],
  [
    "backend.resources.limits.memory=4GB",
    "backend.resources.limits.memory is '4GB': allowed is a quantity above nothing such as 2Gi or 512Mi",
  ],
  [
    "backend.resources.requests.memory=8Gi",
    "backend.resources.requests.memory is 8Gi and backend.resources.limits.memory is 4Gi: a request is at most its limit",
  ],
  ["backend.port=http", "backend.port is 'http': allowed is a whole number from 1 to 65535"],
  [
    "backend.image.repository=",
    "backend.image.repository is '': allowed is the name of an image without registry, tag and digest",
  ],
  [
    "frontend.image.repository=r.example/frontend:1",
    "frontend.image.repository is 'r.example/frontend:1': allowed is the name of an image without registry, tag and digest",
  ],
  ["frontend.replicas=1.5", "frontend.replicas is 1.5: allowed is a whole number from 1 to 10000"],
  ["frontend.replicas=null", "frontend.replicas is missing: allowed is a whole number from 1 to 10000"],
  ["frontend.autoscaling.enabled=on", "frontend.autoscaling.enabled is 'on': allowed is true or false"],
  [
    "frontend.autoscaling.cpuUtilization=170",
    "frontend.autoscaling.cpuUtilization is 170: allowed is a whole number from 1 to 100",
  ],
  [
    "frontend.ports=null",
    "frontend.ports is null, which takes away what the chart has there: leave the key out, or give it a value",
  ],
  ["frontend.ports.metrics=metrics", "frontend.ports.metrics is 'metrics': allowed is a whole number from 0 to 65535"],
  [
    "frontend.resources.requests.memory=lots",
    "frontend.resources.requests.memory is 'lots': allowed is a quantity above nothing such as 2Gi or 512Mi",
  ],
  [
    'frontend.resources.limits={"memory":"128Mi"}',
    "frontend.resources.requests.memory is 512Mi and frontend.resources.limits.memory is 128Mi: a request is at most its limit",
  ],
  [
    'frontend.resources={"requests":{"memory":"64Mi"},"limits":{"memory":"128Mi"}}',
    "frontend.resources.limits.memory is 128Mi: the process and its files in memory need 192Mi",
  ],
  [
    'frontend.tls.dnsNames=["https://models.example"]',
    "frontend.tls.dnsNames is 'https://models.example': allowed is a name or an address, such as models.example",
  ],
  [
    "frontend.management.from=[{}]",
    "frontend.management.from has an empty peer, which would be everybody: name pods, namespaces or addresses",
  ],
  [
    'networkPolicy.clientsFrom=[{"ipBlock":{"cidr":"10.0.0.1"}}]',
    "networkPolicy.clientsFrom.ipBlock is '10.0.0.1': allowed is addresses such as 192.0.2.0/24",
  ],
  [
    "networkPolicy.dnsTo=null",
    "networkPolicy.dnsTo is null, which takes away what the chart has there: leave the key out, or give it a value",
  ],
  ["image.tag=0.1.0@sha", "image.tag is '0.1.0@sha': allowed is empty, or a tag without flavour, such as 0.1.0"],
  [
    'image.pullSecrets=["My Secret"]',
    "image.pullSecrets is 'My Secret': allowed is the name of an object: lower-case letters, digits, '-' and '.'",
  ],
  [
    "tee.kind=null",
    "tee.kind is null, which takes away what the chart has there: leave the key out, or give it a value",
  ],
  ["tee.sgx.epc=", "tee.sgx.epc is '': allowed is a quantity above nothing such as 2Gi or 512Mi"],
  ["backend.python.enabled=maybe", "backend.python.enabled is 'maybe': allowed is true or false"],
  ["backends.main.python.enabled=1", "backends.main.python.enabled is 1: allowed is true or false"],
  [
    "backend.python.enabled=true",
    "backend.python.enabled is true and tee.kind is sgx: an enclave starts no other program; use tdx or snp, or handlers in TypeScript",
    ["sgx"],
  ],
  [
    "backends.main.python.enabled=true",
    "backends.main.python.enabled is true and tee.kind is sgx: an enclave starts no other program",
    ["sgx"],
  ],
  ["tee.configfs.asRoot=root", "tee.configfs.asRoot is 'root': allowed is true or false"],
  ["trustDomain=", "trustDomain is '': allowed is lower-case letters, digits, '.', '_' and '-'"],
  ["istio.trustDomain=", "istio.trustDomain is '': allowed is lower-case letters, digits, '.', '_' and '-'"],
  [
    "models.pvc.size=10GiB",
    "models of backends.main: pvc.size is '10GiB': allowed is a quantity above nothing such as 2Gi or 512Mi",
  ],
  [
    "models.pvc.subPath=../up",
    "models of backends.main: pvc.subPath is '../up': allowed is a path below, without '/' at its ends and without '..'",
  ],
  ["models.nfs.path=models", "models of backends.main: nfs.path is 'models': allowed is an absolute path"],
  [
    "models.s3.bucket=My_Bucket",
    "models of backends.main: s3.bucket is 'My_Bucket': allowed is 3 to 63 lower-case letters, digits, '.' and '-'",
  ],
  [
    "models.s3.size=",
    "models of backends.main: s3.size is '': allowed is a quantity above nothing such as 2Gi or 512Mi",
  ],
  [
    "backends.main.models.s3.endpoint=objects",
    "models of backends.main: s3.endpoint is 'objects': allowed is an http or https URL",
  ],
  ["postgres.port=0", "postgres.port is 0: allowed is a whole number from 1 to 65535"],
  ["postgres.enabled=maybe", "postgres.enabled is 'maybe': allowed is true or false"],
  ['monitoring.interval="30"', "monitoring.interval is '30': allowed is a duration such as 30s"],
  [
    "kserve.resources.requests.cpu=0",
    "kserve.resources.requests.cpu is '0': allowed is a number of processors such as 2, 0.5 or 500m",
  ],
  ["drain.timeout=0", "drain.timeout is 0: allowed is a whole number from 1 to 3600"],
  ["drain.delay=5s", "drain.delay is '5s': allowed is a whole number from 0 to 300"],
  ['test.inputs=["[1,2]"]', "test.inputs is '[1,2]': allowed is name=value, such as x=[[1,2]]"],
  ["test.url=models.example:8000", "test.url is 'models.example:8000': allowed is an http or https URL"],
];
