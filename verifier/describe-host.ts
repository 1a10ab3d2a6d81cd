// Owns: a report on the logs of a host as text for people.
import { faultLines, printable } from './describe.ts';
import type { HostReport, LogOfHost } from './report.ts';

// The report as data has them all.
const SHOWN = 16;

/** A line for each log, and more where something is wrong with it. */
export function describeLog(log: LogOfHost): string {
  const { name, logNumber, isTombstone, status, error, fault, dropped, erased, missing, unchecked, sinceMs } = log;
  const what = `${logNumber ?? 'of no number'}${isTombstone ? ', pruned' : ''}`;
  const lines = [
    `${JSON.stringify(name)}, log ${what}: ${status}${error ? '' : `, ${log.records} records${when(log)}`}`,
  ];
  if (error) lines.push(`${error.code}: ${error.message}`, error.hint);
  if (fault) lines.push(...faultLines(fault));
  if (sinceMs !== undefined && sinceMs < 0) lines.push(`begins ${-sinceMs / 1000} s before the end of the log before`);
  if (sinceMs !== undefined && sinceMs > 0) lines.push(`begins ${sinceMs / 1000} s after the end of the log before`);
  if (dropped !== undefined) lines.push(`closed by recovery, which dropped ${dropped} bytes`);
  if (erased > 0) lines.push(`${erased} decision records have their request redacted and erased`);
  if (missing > 0) lines.push(`${missing} missing blobs; verify this log alone to see which`);
  if (unchecked > 0) lines.push(`${unchecked} unchecked layers; verify this log alone to see which`);
  return lines.map((line, i) => `${i > 0 ? '  ' : ''}${printable(line)}\n`).join('');
}

/** The end of the report, of which the first line begins with the status. */
export function describeHost({ status, logs, tombstones, failed, missing, repeated, others }: HostReport): string {
  const lines = [
    `${status}: ${logs} logs, ${tombstones} tombstones${failed > 0 ? `, ${failed} could not be read` : ''}`,
  ];
  lines.push(
    ...shown(missing, ([first, last]) =>
      first === last ? `log ${first} is missing` : `logs ${first} to ${last} are missing`,
    ),
    ...shown(repeated, (number) => `log ${number} is there more than once`),
    ...shown(others, (name) => `${JSON.stringify(name)} is neither a log nor a tombstone`),
  );
  return lines.map((line) => `${printable(line)}\n`).join('');
}

function shown<T>(found: readonly T[], tell: (one: T) => string): string[] {
  const lines = found.slice(0, SHOWN).map(tell);
  return found.length > SHOWN ? [...lines, `and ${found.length - SHOWN} more such, in the report as JSON`] : lines;
}

function when({ firstMs, lastMs }: LogOfHost): string {
  return firstMs === undefined || lastMs === undefined ? '' : `, ${time(firstMs)} to ${time(lastMs)}`;
}

// Times of a log may be beyond what a Date holds.
function time(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString();
}
