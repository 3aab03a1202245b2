// A TLS connection that tells when something, such as evidence, is bound to it.
import type { TlsChannel } from "@sealserve/protocols";

/** `bind` is called whenever keying material of the connection is asked for. */
export function bindable(channel: TlsChannel | null, bind: () => void): TlsChannel | null {
  return (
    channel && {
      ...channel,
      exporter(label, context, length) {
        bind();
        return channel.exporter(label, context, length);
      },
    }
  );
}
