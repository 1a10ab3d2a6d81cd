// Owns: the decisions of a log one request at a time, as the exporters take them.

import type { Decision } from '../decision.ts';
import type { DecisionView, HeaderView, RecordView } from '../log/read-log.ts';
import type { RequestView } from '../request-view.ts';

/** A log, as its first header has it. */
export interface LogSource {
  origin: string;
  /** The signer of its checkpoints: the one name of the host that a log knows. */
  host: string;
}

/** One request and its decision. A transaction gives several, with one sequence number. */
export interface Subject {
  source: LogSource;
  record: RecordView & DecisionView;
  /** Unique over all logs of a seed. */
  uid: string;
  /** Absent if what was asked was no request, or is redacted as a whole. */
  request: RequestView | undefined;
  decision: Decision;
}

export const sourceOf = ({ origin, vkeys }: HeaderView): LogSource => ({ origin, host: vkeys[0]?.split('+')[0] ?? '' });

export function subjectsOf(source: LogSource, record: RecordView & DecisionView): Subject[] {
  const { request, decision, seq } = record;
  const uid = `${source.origin}:${seq}`;
  if ('malformed' in request) return [{ source, record, uid, request: undefined, decision }];
  const requests = [request].flat();
  const decisions = decision.transaction ?? [decision];
  return requests.map((one, index) => ({
    source,
    record,
    uid: requests.length === 1 ? uid : `${uid}.${index}`,
    request: one,
    decision: decisions[index] ?? decision,
  }));
}

/** `HOST:PORT` or `[IPv6]:PORT`: SPEC §4. */
export function endpointOf(id: string): { host: string; port: number } | undefined {
  const [, v6, name, port] = /^(?:\[([0-9a-f:.]+)\]|([^:]+)):(\d{1,5})$/.exec(id) ?? [];
  return port === undefined ? undefined : { host: v6 ?? name!, port: Number(port) };
}

export const isIp = (host: string): boolean => /^[\d.]+$|:/.test(host);

/** SHA-256 as a hexadecimal digest names the record: its leaf in the log's tree (SPEC §9.5). */
export const LEAF_PREFIX = Uint8Array.of(0x00);
