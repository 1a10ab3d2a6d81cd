// Owns: how the keys of logs derive from the seed, and each from the one before (SPEC §9.2).
// Trusts: nothing. Excludes: where keys are kept.

import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

/** The labels name the schedule, which is older than the key id. */
const derive = (from: Uint8Array, salt: string, info: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', from, salt, `plumbline/1 ${info}`, 32));

/** H(0). */
export const firstLogSecret = (seed: Uint8Array): Uint8Array => derive(seed, '', 'host');

/** H(n+1) from H(n). */
export const nextLogSecret = (secret: Uint8Array): Uint8Array => derive(secret, '', 'next log');

/** The key id of the log whose secret is H(n): it tells logs of another seed, and is no secret. */
export const keyIdOf = (secret: Uint8Array): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, '', 'plumbline/2 key id', 8));

/** K(0) of the log of this origin from H(n). */
export const firstEpochKey = (secret: Uint8Array, origin: string): Uint8Array => derive(secret, origin, 'epoch');

/** K(e+1) from K(e). */
export const nextEpochKey = (key: Uint8Array): Uint8Array => derive(key, '', 'ratchet');

/** mac(e) from K(e). */
export const macKey = (key: Uint8Array): KeyObject => createSecretKey(derive(key, '', 'mac'));
