// A report as text for people.
import { VERDICTS } from './report.ts';
import type { ReplayReport, VerifyReport } from './report.ts';

/** A few lines, the first of which begins with the status. */
export function describe(report: VerifyReport | ReplayReport): string {
  const { status, fault, dropped, erased } = report;
  const lines = [`${status}: ${summary(report)}`];
  if (fault) {
    const record = fault.seq === undefined ? '' : `record ${fault.seq}, `;
    lines.push(
      `${record}${fault.file}, byte ${fault.offset}`,
      `  expected ${fault.expected}`,
      `  found    ${fault.found}`,
    );
  }
  if (report.origin !== undefined) lines.push(`origin ${report.origin}, log ${report.logNumber}`);
  const counts = VERDICTS.filter((verdict) => report.verdicts[verdict] > 0);
  if (counts.length > 0) lines.push(counts.map((verdict) => `${verdict} ${report.verdicts[verdict]}`).join(', '));
  if (dropped !== undefined) lines.push(`closed by recovery, which dropped ${dropped} bytes`);
  if (erased > 0) lines.push(`${erased} decision records have their request redacted and erased`);
  for (const digest of report.missing) lines.push(`missing blob ${digest}`);
  if ('replayed' in report) lines.push(...describeReplay(report));
  return lines.map((line) => `${printable(line)}\n`).join('');
}

// What a log says may be made to confuse a terminal.
function printable(line: string): string {
  return line.replaceAll(/[^ -~]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

function summary({ records, authenticated, checkpointed, sealed, fault }: VerifyReport): string {
  if (fault) return `${records} records before the fault`;
  const who =
    authenticated === 0
      ? 'consistent; no key vouches for them'
      : authenticated < records
        ? `of which the first ${authenticated} are authentic`
        : 'authentic';
  const end = sealed
    ? 'sealed'
    : `not sealed: what followed ${checkpointed < records ? 'the last checkpoint ' : ''}may be cut off`;
  return `${records} records, ${who}, ${end}`;
}

function describeReplay({ replayed, skipped, divergence, reason }: ReplayReport): string[] {
  const lines = [`replayed ${replayed} decision records to the same bytes`];
  if (skipped > 0) lines.push(`left out ${skipped}: requests erased, and what followed up to the next recorded state`);
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
