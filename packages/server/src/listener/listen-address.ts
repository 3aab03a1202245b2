// Where one listener lives: a port of the process's own host, another host and port, or a socket in the file system.

/** As the configuration writes it; a text is `unix:/path`, false is nowhere. */
export type ListenAddress = number | false | TcpAddress | string;

export interface TcpAddress {
  /** Left out: that of the process. */
  readonly host?: string | undefined;
  /** 0: a free one. */
  readonly port: number;
  /** False: plaintext, also where the process has TLS. */
  readonly tls?: boolean | undefined;
}

/** A socket to be opened. */
export interface Spot {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** A socket in the file system, in place of host and port: nobody but processes of this machine come there. */
  readonly path?: string;
  /** It has no TLS, whatever the process has. */
  readonly plain: boolean;
}

const unix = /^unix:(\/.+)$/;

export function isUnixAddress(text: string): boolean {
  return unix.test(text);
}

/** Null: nowhere. `host`: that of the process. */
export function spotOf(address: ListenAddress, host: string): Spot | null {
  if (address === false) return null;
  if (typeof address === "number") return { host, port: address, plain: false };
  if (typeof address === "string") return { host, port: 0, path: unix.exec(address)?.[1] ?? address, plain: true };
  return { host: address.host ?? host, port: address.port, plain: address.tls === false };
}

/** Whether one socket serves both; a free port is each one's own. */
export function isSameSpot(one: Spot | null, other: Spot | null): boolean {
  if (one === null || other === null || one.path !== other.path) return false;
  if (one.path !== undefined) return true;
  return one.port !== 0 && one.port === other.port && one.host === other.host && one.plain === other.plain;
}
