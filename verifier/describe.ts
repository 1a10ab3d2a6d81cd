// A report as text for people.
import { VERDICTS } from './report.ts';
import type { ReplayReport, VerifyReport } from './report.ts';

/** A few lines, the first of which begins with the status. */
export function describe(report: VerifyReport | ReplayReport): string {
  const { status, records, authenticated, sealed, fault } = report;
  const lines = [`${status}: ${summary(records, authenticated, sealed, fault !== undefined)}`];
  if (fault) {
    lines.push(
      `record ${fault.seq}, ${fault.file}, byte ${fault.offset}`,
      `  expected ${fault.expected}`,
      `  found    ${fault.found}`,
    );
  }
  if (report.origin !== undefined) lines.push(`origin ${report.origin}`);
  const counts = VERDICTS.filter((verdict) => report.verdicts[verdict] > 0);
  if (counts.length > 0) lines.push(counts.map((verdict) => `${verdict} ${report.verdicts[verdict]}`).join(', '));
  for (const digest of report.missing) lines.push(`missing blob ${digest}`);
  if ('replayed' in report) lines.push(...describeReplay(report));
  return lines.map((line) => `${printable(line)}\n`).join('');
}

// What a log says may be made to confuse a terminal.
function printable(line: string): string {
  return line.replaceAll(/[^ -~]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

function summary(records: number, authenticated: boolean, sealed: boolean, faulty: boolean): string {
  if (faulty) return `${records} records before the fault`;
  const key = authenticated ? 'authentic under the key' : 'consistent; no key was given';
  return `${records} records, ${key}, ${sealed ? 'sealed' : 'not sealed: what followed may be cut off'}`;
}

function describeReplay({ replayed, divergence, reason }: ReplayReport): string[] {
  const lines = [`replayed ${replayed} decision records to the same bytes`];
  if (reason !== undefined) lines.push(`replay stopped: ${reason}`);
  if (divergence) {
    lines.push(
      `record ${divergence.seq} diverged in its ${divergence.part} at byte ${divergence.at}`,
      `  recorded ${divergence.recorded}`,
      `  replayed ${divergence.replayed}`,
    );
  }
  return lines;
}
