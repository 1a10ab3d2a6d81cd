// Owns: Ed25519 (RFC 8032).
// Trusts: WebCrypto of Node, Deno, Bun or the browser.

/** Whether `signature` is one over `message` by the holder of `publicKey` (32 bytes). */
export async function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const { subtle } = globalThis.crypto;
  const key = await subtle.importKey('raw', publicKey as BufferSource, 'Ed25519', false, ['verify']).catch(() => null);
  return key !== null && subtle.verify('Ed25519', key, signature as BufferSource, message as BufferSource);
}
