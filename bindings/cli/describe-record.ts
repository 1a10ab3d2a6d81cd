// Owns: a record of a log as text for people, and as JSON.
// Trusts: nothing that an agent chose: what could move a terminal's cursor is shown as its code.

import type { EventView, OutcomeView, RecordView } from '../log/read-log.ts';
import type { RequestView } from '../request-view.ts';

/** One line, with its end. */
export function describeRecord(record: RecordView): string {
  const { seq, type } = record;
  const time = type === 'header' ? record.createdMs : record.timeMs;
  return `${String(seq).padStart(6)}  ${timeText(time)}  ${printable(summary(record))}\n`;
}

function summary(record: RecordView): string {
  switch (record.type) {
    case 'header':
      return `header   segment ${record.segment} of ${record.origin}, log ${record.logNumber}, durability ${record.durability}`;
    case 'event':
      return `${said(record.event)}  by ${record.by}`;
    case 'outcome':
      return `outcome  of record ${record.decision}: ${came(record)}`;
    case 'refusal': {
      const { by, cause, call, object, count } = record;
      return `refused  by the ${by}: ${call}${object === null ? '' : ` ${object}`}  [${cause}]  ${count} times`;
    }
    case 'adapter': {
      const { adapter, strength, losses } = record;
      return `adapter  ${adapter}, ${strength}${losses.length === 0 ? '' : `, not held: ${losses.join(', ')}`}`;
    }
    case 'grant':
      return `grant    ${record.layers.length} levels${record.current ? ', the current step' : ''}`;
    case 'snapshot':
      return `snapshot epoch ${record.epoch} begins`;
    case 'epoch-end':
      return `epoch    ${record.epoch} ends`;
    case 'recovery':
      return `recovery ${record.droppedBytes} bytes dropped`;
    case 'close':
      return `close    ${record.reason}`;
    case 'decision': {
      const { verdict, code, determining } = record.decision;
      const policies = determining.length === 0 ? code : determining.join(', ');
      return `${verdict.padEnd(9)} ${asked(record.request)}  [${policies}]${redactions(record)}`;
    }
  }
}

function came({ ending, size, event }: OutcomeView): string {
  const how = ending === null ? [] : [ending === 'failed' ? 'failed' : Object.entries(ending)[0]!.join(' ')];
  const sizes = size === null ? [] : [`${size.in} bytes in, ${size.out} out`];
  return [...how, ...sizes, ...(event === null ? [] : [said(event)])].join('; ');
}

function said(event: EventView): string {
  if ('approve' in event) return `approved ${event.approve} until ${timeText(event.expiresMs)}`;
  if ('revoke' in event) return `revoked  ${event.revoke}`;
  if ('labels' in event) return `labelled ${event.labels.join(', ')}`;
  if ('counted' in event) {
    const { tokens, modelRequests, spend } = event.counted;
    return `counted  ${tokens} tokens, ${modelRequests} model requests, ${spend} spent`;
  }
  const { action, within, uses, expiresMs } = event.approveAll;
  return `approved ${action.id} within ${within.id}, ${uses} times until ${timeText(expiresMs)}`;
}

function asked(request: RequestView | RequestView[] | { malformed: string }): string {
  if ('malformed' in request) return `no request: ${request.malformed.slice(0, 60)}`;
  return [request]
    .flat()
    .map(({ action, resource }) => `${action.id} ${resource.id}`)
    .join(' + ');
}

function redactions(record: RecordView & { type: 'decision' }): string {
  if (record.redacted === undefined) return '';
  if (!record.redacted.disclosed) return '  (redacted)';
  const shown = 'malformed' in record.request ? [] : [record.request].flat().map(({ context }) => context);
  const values = record.redacted.names.flatMap((name) =>
    shown.flatMap((context) => (name in context ? [`${name}: ${JSON.stringify(context[name])}`] : [])),
  );
  return values.length === 0 ? '' : `  ${[...new Set(values)].join(', ')}`;
}

/** A time of a record; one that no calendar has is shown as milliseconds. */
export function timeText(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString();
}

// Controls, line separators, what turns the direction of text, and what has no look of its own.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

export const printable = (text: string): string =>
  text.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);

/** As a string of JSON: nothing of the text can pass for what stands beside it. */
export const quoted = (text: string): string => printable(JSON.stringify(text));

/** One line of JSON: what the record says, without its bytes; integers beyond 2^53 exact. */
export function recordJson({ bytes, ...record }: RecordView): string {
  return `${JSON.stringify({ ...record, length: bytes.length }, (_, value: unknown) =>
    typeof value === 'bigint' ? rawJson(String(value)) : value,
  )}\n`;
}

// Not in TypeScript's library yet.
const { rawJSON: rawJson } = JSON as unknown as { rawJSON: (text: string) => unknown };
