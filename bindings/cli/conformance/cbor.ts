// Owns: `plumb conformance cbor`: how far the strict checker agrees with what others say is canonical (SPEC §1).
// Trusts: nothing of a line: what cannot be read counts as failed, so nothing is left out in silence.

import type { Command } from 'commander';
import { createReadStream } from 'node:fs';
import { PlumblineError } from '../../error.ts';
import { checkCbor } from '../../../verifier/record/cbor.ts';
import { linesOf } from '../input.ts';
import { write, writeJson } from '../output.ts';

const FAILED = 1;
const FAILURES_SHOWN = 10;
/** Longer than any vector; what is longer is cut, and then no JSON. */
const LINE_BYTES_MAX = 1 << 24;

interface Tally {
  passed: number;
  failed: number;
  /** The first ones. */
  failures: string[];
}

export function addConformanceCbor(conformance: Command): void {
  conformance
    .command('cbor')
    .description('put bytes to the strict checker of CBOR')
    .argument(
      '<FILE>',
      'lines {"hex", "valid", "why"?}: bytes, and whether they are one item in the profile; - is standard input',
    )
    .option('--json', 'the outcome as JSON')
    .addHelpText(
      'after',
      '\nPrints `passed N failed N`, the first failures before it. A line that cannot be read counts as failed.\n\n' +
        'Exit: 0 all passed, 1 some failed, 2 usage\n\nExample: plumb conformance cbor vectors.jsonl',
    )
    .action(async (file: string, { json }: { json?: true }) => {
      const tally = await run(file);
      if (tally.passed + tally.failed === 0) throw new PlumblineError('no-cases', `${file} holds no lines`);
      if (tally.failed > 0) process.exitCode = FAILED;
      await (json ? writeJson(tally) : write(describe(tally)));
    });
}

async function run(file: string): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0, failures: [] };
  let line = 0;
  try {
    for await (const bytes of linesOf(file === '-' ? process.stdin : createReadStream(file), LINE_BYTES_MAX)) {
      line++;
      const text = bytes.toString();
      if (text.trim() === '') continue;
      const problem = judge(text);
      if (problem === undefined) tally.passed++;
      else {
        tally.failed++;
        if (tally.failures.length < FAILURES_SHOWN) tally.failures.push(`${file}:${line}: ${problem}`);
      }
    }
  } catch (cause) {
    throw new PlumblineError('unreadable', `${file} cannot be read`, { cause });
  }
  return tally;
}

/** What is wrong with a line, or with what the checker says of it. */
function judge(text: string): string | undefined {
  let line: { hex?: unknown; valid?: unknown; why?: unknown } | null;
  try {
    line = JSON.parse(text) as typeof line;
  } catch {
    return 'not JSON';
  }
  const { hex, valid, why } = line ?? {};
  if (typeof hex !== 'string' || !/^([0-9a-fA-F]{2})*$/.test(hex) || typeof valid !== 'boolean') {
    return 'not {"hex": hexadecimal digits, "valid": true or false}';
  }
  const fault = checkCbor(new Uint8Array(Buffer.from(hex, 'hex')));
  if ((fault === undefined) === valid) return undefined;
  const said = fault === undefined ? 'accepted' : `refused (${JSON.stringify(fault)})`;
  return `${hex.slice(0, 60)} was ${said}${typeof why === 'string' ? `; expected: ${why}` : ''}`;
}

function describe({ passed, failed, failures }: Tally): string {
  return `${failures.map((failure) => `${failure}\n`).join('')}passed ${passed} failed ${failed}\n`;
}
