// What listeners show and whom they trust, kept in step with the files that it comes from, and with the time.
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { reasonOf, reread } from "@sealserve/primitives";
import type { Clock } from "@sealserve/serving";
import type { Logger } from "../logger/logger.ts";
import { ListenerError } from "./listener-error.ts";
import type { ClientRoots, ListenersOptions, TlsCredentials, TlsOptions } from "./listener-options.ts";
import { loadTlsCredentials, secureSettings } from "./tls-credentials.ts";

/** Disposing ends the looks at the files, and at the clock. */
export interface TlsSource extends Disposable {
  readonly current: TlsCredentials;
  /** Calls `act` with what listeners are to show from then on; it must not throw. */
  onRenewed(act: (credentials: TlsCredentials) => void): void;
}

/** Milliseconds between two looks at the files; of a certificate that was made here, at the clock. */
const fileInterval = 5_000;
const clockInterval = 3_600_000;

/**
 * Files are read again every few seconds, by their content, since Kubernetes swaps links. What cannot be used, such as a certificate whose key
 * is not written yet, is passed over and told to the log: what was read before goes on. A certificate that was made here is made anew, with another
 * key, once two thirds of its time are over. Throws `ListenerError` where the first reading fails.
 */
export async function openTlsSource(
  options: Pick<ListenersOptions, "host" | "optionalClientRoots"> & { readonly tls: TlsOptions },
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<TlsSource> {
  const { host, tls, optionalClientRoots } = options;
  const roots = typeof optionalClientRoots === "string" ? { pem: optionalClientRoots, files: [] } : optionalClientRoots;
  const fromFiles = typeof tls === "object" && ("cert" in tls || "keystore" in tls);
  const makes = tls === "self-signed";
  let made = fromFiles ? null : await loadTlsCredentials(tls, host, { clock, logger });
  const load = async (): Promise<TlsCredentials> => {
    if (made && !(makes && isLate(made, clock.epoch()))) return made;
    const loaded = await loadTlsCredentials(tls, host, { clock, logger });
    if (makes) made = loaded;
    return loaded;
  };
  let inForce: TlsCredentials | null = null;
  const read = async (): Promise<TlsCredentials> => {
    const loaded = await load();
    const found = roots ? { ...loaded, clientRoots: await pemOf(roots), clientsWithout: true } : loaded;
    checkUsable(found);
    if (inForce) checkDates(found, inForce, clock.epoch());
    return found;
  };
  const hasFiles = fromFiles || (roots !== undefined && roots.files.length > 0);
  if (!hasFiles && !makes) {
    return { current: await read(), onRenewed: () => {}, [Symbol.dispose]: () => {} };
  }
  const told: ((credentials: TlsCredentials) => void)[] = [];
  const reading = await reread(
    { interval: hasFiles ? fileInterval : clockInterval, read, isSame },
    {
      clock,
      onChanged(found, before) {
        inForce = found;
        if (found.certificate !== before.certificate)
          logger.info("the TLS certificate was renewed", { notAfter: certificateEnd(found).toISOString() });
        if (found.clientRoots !== before.clientRoots) logger.info("the authorities of clients were read again");
        for (const act of told) act(found);
      },
      onProblem: (reason) =>
        logger.warn("the TLS files cannot be used: what was read from them before goes on", { reason }),
    },
  );
  inForce = reading.current;
  return {
    get current() {
      return reading.current;
    },
    onRenewed: (act) => told.push(act),
    [Symbol.dispose]: () => reading[Symbol.dispose](),
  };
}

/** When the certificate that is shown ends. Throws where there is none. */
export function certificateEnd({ certificate }: TlsCredentials): Date {
  return new X509Certificate(certificate).validToDate;
}

/** Whether two thirds of its time are over. */
function isLate({ certificate }: TlsCredentials, now: number): boolean {
  const { validFromDate, validToDate } = new X509Certificate(certificate);
  return now - validFromDate.getTime() >= ((validToDate.getTime() - validFromDate.getTime()) * 2) / 3;
}

async function pemOf({ pem, files }: ClientRoots): Promise<string> {
  if (files.length === 0) return pem;
  try {
    return (await Promise.all(files.map((file) => readFile(file, "utf8")))).join("\n");
  } catch (error) {
    throw new ListenerError("client-roots-unusable", { reason: reasonOf(error) }, error);
  }
}

/** As the listener itself would find it. */
function checkUsable(credentials: TlsCredentials): void {
  try {
    createSecureContext(secureSettings(credentials));
  } catch (error) {
    if (error instanceof ListenerError) throw error;
    throw new ListenerError("credentials-unusable", { reason: reasonOf(error) }, error);
  }
}

/** One outside its dates does not take the place of one inside them. */
function checkDates(found: TlsCredentials, before: TlsCredentials, now: number): void {
  if (found.certificate === before.certificate || isWithinDates(found, now) || !isWithinDates(before, now)) return;
  const { validFrom, validTo } = new X509Certificate(found.certificate);
  throw new ListenerError("credentials-unusable", {
    reason: `the new certificate is valid from ${validFrom} to ${validTo}`,
  });
}

function isWithinDates({ certificate }: TlsCredentials, now: number): boolean {
  const { validFromDate, validToDate } = new X509Certificate(certificate);
  return now >= validFromDate.getTime() && now < validToDate.getTime();
}

function isSame(a: TlsCredentials, b: TlsCredentials): boolean {
  return (
    a.certificate === b.certificate &&
    a.clientRoots === b.clientRoots &&
    Buffer.compare(a.privateKey.reveal(), b.privateKey.reveal()) === 0
  );
}
