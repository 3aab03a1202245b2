// Why somebody is not taken for an administrator.

/** Each with what to do; none repeats what was shown. */
const sentences = {
  "no-proof": "show an administrator's token, or a certificate",
  "token-malformed": "the token is none, or lacks one of iat, exp, jti and aud",
  "key-unknown": "the token is not signed by the key of a configured administrator",
  "signature-wrong": "the token's signature is wrong",
  "token-expired": "the token has expired, is older than five minutes, or comes from the future: check both clocks",
  "audience-wrong": "the token is for another broker",
  "channel-wrong": "the token is for a connection to another server",
  "token-replayed": "the token was used before: sign a new one for each request",
  "certificate-untrusted": "the certificate does not lead to a configured root, or is not one of a client",
  "certificate-expired": "the certificate has expired or holds only later",
  "from-page": "a web page asked: browsers show certificates unasked, so that pages need a token",
  "certificate-unmapped": "the certificate is genuine, but not that of one configured administrator",
} as const;

export type AdminRefusal = keyof typeof sentences;

export function adminRefusalSentence(reason: AdminRefusal): string {
  return sentences[reason];
}

/** `no-proof` where it is none of them, as from a broker of another version. */
export function readAdminRefusal(value: unknown): AdminRefusal {
  const known = (text: unknown): text is AdminRefusal => typeof text === "string" && Object.hasOwn(sentences, text);
  return known(value) ? value : "no-proof";
}
