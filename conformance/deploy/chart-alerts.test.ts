// The chart's alerts: each fires where somebody has to come, and is silent otherwise, as Prometheus' own tool judges.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { render, withoutHelm } from "./helm.ts";
import { ofKind } from "./kubernetes-object.ts";

const folder = mkdtempSync(join(tmpdir(), "sealserve-alerts-"));
after(() => rmSync(folder, { recursive: true }));

const withoutPromtool = spawnSync("promtool", ["--version"]).error
  ? "promtool is not installed: it comes with Prometheus"
  : false;

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Rules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

function rulesOf(values: readonly string[]): Rules {
  const [rule, another] = ofKind(render({ values, set: ["monitoring.alerts=true"] }), "PrometheusRule");
  assert.ok(rule && !another);
  return rule.spec as Rules;
}

const alertsOf = ({ groups }: Rules) => groups.flatMap(({ rules }) => rules);

test("each alert says how bad it is, what it is and what follows, and looks at this installation only", {
  skip: withoutHelm,
}, () => {
  for (const [values, count] of [
    ["native", 4],
    ["sgx", 6],
    ["tdx", 6],
  ] as const) {
    const alerts = alertsOf(rulesOf([values]));
    assert.equal(new Set(alerts.map(({ alert }) => alert)).size, count);
    for (const { expr, labels, annotations } of alerts) {
      assert.match(labels["severity"] ?? "", /^(critical|warning)$/);
      assert.ok(annotations["summary"] && annotations["description"]);
      const selectors = [...expr.matchAll(/sealserve_\w+(\{[^}]*\})?/g)].map(([, selector = ""]) => selector);
      for (const selector of selectors) assert.match(selector, /namespace="ml"/, expr);
    }
  }
});

interface Case {
  readonly what: string;
  readonly values?: string;
  /** A series and its values, one a minute, as promtool writes them. */
  readonly series: Readonly<Record<string, string>>;
  readonly minute: number;
  readonly alert: string;
  /** Labels of those that fire, beside the severity and the namespace. */
  readonly fires: readonly Readonly<Record<string, string>>[];
}

const at = (labels: string) => `{namespace="ml", ${labels}}`;
const day = 86_400;
const ready = (pod: string, values: string) => ({ [`sealserve_ready${at(`pod="${pod}"`)}`]: values });
const state = (pod: string, model: string, state: string, values = "1x90") => ({
  [`sealserve_model_state${at(`pod="${pod}", model="${model}", version="1", state="${state}"`)}`]: values,
});
const routable = (values: string) => ({ [`sealserve_backend_routable${at('pod="f", backend="https://b"')}`]: values });
const listener = (values: string) => ({
  [`sealserve_tls_certificate_not_after_seconds${at('pod="f", listener="openInference.http"')}`]: values,
});
const mesh = (values: string) => ({ [`sealserve_mesh_certificate_end_seconds${at('pod="b"')}`]: values });
const collateral = (values: string) => ({
  [`sealserve_key_broker_collateral_end_seconds${at('pod="k", tee="tdx"')}`]: values,
});
const refusals = (values: string) => ({
  [`sealserve_key_broker_decisions_total${at('pod="k", act="unwrap", verdict="refused", reason="policy-refused"')}`]:
    values,
});

const cases: readonly Case[] = [
  { what: "a backend gets requests", series: routable("1x90"), minute: 60, alert: "SealserveNoBackend", fires: [] },
  { what: "none does", series: routable("1x10 0x90"), minute: 14, alert: "SealserveNoBackend", fires: [{}] },
  { what: "nobody tells", series: {}, minute: 10, alert: "SealserveNoBackend", fires: [{}] },
  {
    what: "a model is available where requests may go",
    series: {
      ...ready("b1", "1x90"),
      ...ready("b2", "0x90"),
      ...state("b1", "m", "available"),
      ...state("b2", "m", "loading"),
    },
    minute: 60,
    alert: "SealserveModelWithoutBackend",
    fires: [],
  },
  {
    what: "a model waits on one backend, and the other that has it is not ready",
    series: {
      ...ready("b1", "1x90"),
      ...ready("b2", "0x90"),
      ...state("b1", "m", "loading"),
      ...state("b2", "m", "available"),
    },
    minute: 60,
    alert: "SealserveModelWithoutBackend",
    fires: [{ model: "m" }],
  },
  {
    what: "a model was taken away",
    series: { ...ready("b1", "1x90"), ...state("b1", "m", "end") },
    minute: 60,
    alert: "SealserveModelWithoutBackend",
    fires: [],
  },
  {
    what: "a certificate has a month",
    series: listener(`${30 * day}x90`),
    minute: 80,
    alert: "SealserveCertificateEnds",
    fires: [],
  },
  {
    what: "a certificate has six days",
    series: listener(`${6 * day}x90`),
    minute: 80,
    alert: "SealserveCertificateEnds",
    fires: [{ pod: "f", listener: "openInference.http" }],
  },
  {
    what: "a mesh certificate is renewed in time",
    series: mesh("3600+60x90"),
    minute: 80,
    alert: "SealserveMeshCertificateEnds",
    fires: [],
  },
  {
    what: "it is not",
    series: mesh("3600x90"),
    minute: 50,
    alert: "SealserveMeshCertificateEnds",
    fires: [{ pod: "b" }],
  },
  {
    what: "a mesh certificate without a broker has a week",
    values: "native",
    series: mesh(`${7 * day}x90`),
    minute: 5,
    alert: "SealserveMeshCertificateEnds",
    fires: [{ pod: "b" }],
  },
  {
    what: "collateral has a fortnight",
    series: collateral(`${14 * day}x90`),
    minute: 80,
    alert: "SealserveCollateralEnds",
    fires: [],
  },
  {
    what: "collateral has two days",
    series: collateral(`${2 * day}x90`),
    minute: 80,
    alert: "SealserveCollateralEnds",
    fires: [{ pod: "k", tee: "tdx" }],
  },
  { what: "nobody was refused lately", series: refusals("3x90"), minute: 60, alert: "SealserveKeyRefused", fires: [] },
  {
    what: "somebody is refused for the first time",
    series: refusals("_x20 1x70"),
    minute: 25,
    alert: "SealserveKeyRefused",
    fires: [{ act: "unwrap", reason: "policy-refused" }],
  },
  {
    what: "somebody is refused again",
    series: refusals("1x40 2x50"),
    minute: 45,
    alert: "SealserveKeyRefused",
    fires: [{ act: "unwrap", reason: "policy-refused" }],
  },
];

for (const { what, values = "tdx", series, minute, alert, fires } of cases) {
  test(`${alert}, ${what}: ${fires.length > 0 ? "fires" : "silent"}`, { skip: withoutHelm || withoutPromtool }, () => {
    const rules = rulesOf([values]);
    const rule = alertsOf(rules).find((each) => each.alert === alert);
    assert.ok(rule);
    // Words may change; what fires is compared.
    const wordless = { ...rule, annotations: {} };
    writeFileSync(join(folder, "rules.yaml"), JSON.stringify({ groups: [{ name: "g", rules: [wordless] }] }));
    const labels = { ...rule.labels, namespace: "ml" };
    const trial = {
      interval: "1m",
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      alert_rule_test: [
        {
          eval_time: `${minute}m`,
          alertname: alert,
          exp_alerts: fires.map((each) => ({ exp_labels: { ...labels, ...each } })),
        },
      ],
    };
    const file = join(folder, "trial.yaml");
    writeFileSync(file, JSON.stringify({ rule_files: ["rules.yaml"], evaluation_interval: "1m", tests: [trial] }));
    const { status, stdout, stderr } = spawnSync("promtool", ["test", "rules", file], { encoding: "utf8" });
    assert.equal(status, 0, stdout + stderr);
  });
}

test("Prometheus takes the rules", { skip: withoutHelm || withoutPromtool }, () => {
  for (const values of ["native", "sgx", "tdx", "snp"]) {
    const file = join(folder, `${values}.yaml`);
    writeFileSync(file, JSON.stringify(rulesOf([values])));
    const { status, stdout, stderr } = spawnSync("promtool", ["check", "rules", file], { encoding: "utf8" });
    assert.equal(status, 0, stdout + stderr);
  }
});
