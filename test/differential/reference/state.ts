// Owns: the session's state (SPEC §6.5).

import { compareEncoded, encode, numbered } from './cbor.ts';

export interface State {
  version: bigint;
  requests: bigint;
  blocked: bigint;
  labels: string[];
}

export const INITIAL_STATE: State = { version: 0n, requests: 0n, blocked: 0n, labels: [] };

export const stateBytes = ({ version, requests, blocked, labels }: State): Uint8Array =>
  encode(numbered(version, requests, blocked, labels));

/** Names as SPEC orders them, each once. */
export const distinct = (names: string[]): string[] => [...new Set(names)].toSorted(compareEncoded);

const STATE_BYTES_MAX = 8_192;
/** Counters stay exact in every host's numbers. */
const COUNTER_MAX = 2n ** 53n - 1n;

const count = (counter: bigint, by: number): bigint => {
  const sum = counter + BigInt(by);
  return sum < COUNTER_MAX ? sum : COUNTER_MAX;
};

/** The state after `requests` more requests, of which `blocked` were blocked. */
export function advance(state: State, requests: number, blocked: number, sticky: string[]): State {
  return {
    version: count(state.version, 1),
    requests: count(state.requests, requests),
    blocked: count(state.blocked, blocked),
    labels: distinct([...state.labels, ...sticky]),
  };
}

/** Whether a state with these labels added fits its window, whatever its counters become. */
export function fits(state: State, sticky: string[]): boolean {
  const longest = { version: COUNTER_MAX, requests: COUNTER_MAX, blocked: COUNTER_MAX };
  return stateBytes({ ...longest, labels: distinct([...state.labels, ...sticky]) }).length <= STATE_BYTES_MAX;
}
