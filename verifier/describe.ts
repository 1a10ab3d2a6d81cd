// Owns: a report as text for people.
import { VERDICTS } from './record/decision.ts';
import type { AuthorityReport, Fault, GrantReport, ReplayReport, UncheckedLayer, VerifyReport } from './report.ts';

// A session may mint a grant for each call. The report as data has them all.
const SETS_SHOWN = 16;

/** A few lines, the first of which begins with the status. */
export function describe(report: VerifyReport | ReplayReport): string {
  const { status, fault, dropped, erased, short } = report;
  const lines = [`${status}: ${summary(report)}`];
  if (fault) lines.push(...faultLines(fault));
  if (status === 'other-key') {
    lines.push('give the key of the host that wrote the log; if this is that key, the log is another one or forged');
  }
  if (report.origin !== undefined) lines.push(`origin ${report.origin}, log ${report.logNumber}`);
  const counts = VERDICTS.filter((verdict) => report.verdicts[verdict] > 0);
  if (counts.length > 0) lines.push(counts.map((verdict) => `${verdict} ${report.verdicts[verdict]}`).join(', '));
  if (dropped !== undefined) lines.push(`closed by recovery, which dropped ${dropped} bytes`);
  if (short > 0) lines.push(`${short} decision records are short, and were expanded`);
  if (erased > 0) lines.push(`${erased} decision records have their request redacted and erased`);
  if (report.authority) lines.push(...describeAuthority(report.authority));
  lines.push(...describeUnchecked(report.unchecked));
  for (const digest of report.missing) lines.push(`missing blob ${digest}`);
  if ('replayed' in report) lines.push(...describeReplay(report));
  return lines.map((line) => `${printable(line)}\n`).join('');
}

function describeAuthority({ issuers, sets }: AuthorityReport): string[] {
  const lines = [
    issuers === 'given' ? 'issuers as given' : 'issuers as recorded in the log, not confirmed from outside',
  ];
  // The last may be the one that is refused.
  const shown = sets.length > SETS_SHOWN ? [...sets.slice(0, SETS_SHOWN - 1), sets.at(-1)!] : sets;
  for (const { seq, layers, current, chain, refusal } of shown) {
    lines.push(`layers ${layers}, named by record ${seq}${current ? '' : ', for those that ask'}`);
    lines.push(...chain.map((grant) => `  ${describeGrant(grant)}`));
    if (refusal) lines.push(`  refused: ${refusal.code}: ${refusal.message}`);
  }
  if (shown.length < sets.length) lines.push(`${sets.length - shown.length} layer sets more, in the report as JSON`);
  return lines;
}

function describeUnchecked(unchecked: UncheckedLayer[]): string[] {
  const lines = unchecked.slice(0, SETS_SHOWN).map(({ layer, token, level, statement, forbids }) => {
    const grant = `${level} ${JSON.stringify(statement)}, grant ${token}`;
    return `unchecked: ${forbids} forbid of ${grant}, in layer ${layer}; plumb replay compiles them`;
  });
  if (unchecked.length > SETS_SHOWN)
    lines.push(`${unchecked.length - SETS_SHOWN} unchecked layers more, in the report as JSON`);
  return lines;
}

function describeGrant({ token, signature, level, statement, issuer, expiresS, session, uses }: GrantReport): string {
  if (level === undefined) return `grant ${token}, which cannot be read`;
  const limits = [
    `until ${new Date(expiresS! * 1000).toISOString()}`,
    ...(uses === undefined ? [] : [`${uses} uses`]),
    ...(session === undefined ? [] : [`for session ${session}`]),
  ];
  return `${level} ${JSON.stringify(statement)} by ${issuer}, signature ${signature}, ${limits.join(', ')}`;
}

export function faultLines({ seq, file, offset, expected, found }: Fault): string[] {
  const record = seq === undefined ? '' : `record ${seq}, `;
  return [`${record}${file}, byte ${offset}`, `  expected ${expected}`, `  found    ${found}`];
}

/** Text in a log may hold characters that confuse a terminal. */
export function printable(line: string): string {
  return line.replaceAll(/[^ -~]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

function summary({ status, records, authenticated, checkpointed, sealed, fault }: VerifyReport): string {
  if (status === 'other-key') {
    return `the key given is not the key of this log, whose ${records} records are consistent without it`;
  }
  if (fault) return `${records} records before the fault`;
  const trust =
    authenticated === 0
      ? 'consistent, authenticated by no key'
      : authenticated < records
        ? `of which the first ${authenticated} are authentic`
        : 'authentic';
  const end = sealed
    ? 'sealed'
    : `not sealed: records after ${checkpointed < records ? 'the last checkpoint' : 'these'} may be cut off`;
  return `${records} records, ${trust}, ${end}`;
}

function describeReplay({ replayed, skipped, divergence, reason }: ReplayReport): string[] {
  const lines = [`replayed ${replayed} decision records to the same bytes`];
  if (skipped > 0)
    lines.push(
      `left out ${skipped} decision records: their requests are erased, or no state is known after such a one`,
    );
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
