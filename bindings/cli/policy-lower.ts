// Owns: `plumb policy lower`: what of an authority a kernel can hold, and what not.

import { Option, type Command } from 'commander';
import { lower, PlumblineError, widening, type Grant, type Lowered } from '../index.ts';
import { printable } from './describe-record.ts';
import { readChain } from './grant-file.ts';
import { write, writeJson } from './output.ts';

const TARGETS = ['landlock', 'seccomp', 'bpf', 'json'] as const;
type Target = (typeof TARGETS)[number];

export function addLower(policy: Command): void {
  policy
    .command('lower')
    .description('show what of an authority the kernel can hold, and what is lost')
    .requiredOption(
      '--grant <CHAIN>',
      'a chain of grants, one token per line, from the objective on; - is standard input',
    )
    .addOption(new Option('--target <T>', 'for what; json: for all').choices(TARGETS).makeOptionMandatory())
    .option('--json', 'the same as JSON')
    .addHelpText(
      'after',
      '\nNothing is put in force, and nobody is asked whether the grants count. "exact" rules allow nothing the grants refuse; a "floor"\n' +
        'allows more and counts only beneath a mediator.\n\nExample: plumb policy lower --grant grants/plan.grant --target landlock',
    )
    .action(async ({ grant, target, json }: { grant: string; target: Target; json?: true }) => {
      const chain = await readChain(grant);
      checkContained(chain, grant);
      const lowered = lower(chain);
      const { binding, expiresMs, losses } = lowered;
      if (target === 'json') return void (await writeJson(lowered));
      if (json) return void (await writeJson({ binding, expiresMs, [target]: lowered[target], losses }));
      await write(describe(lowered, target));
    });
}

/** The last grant's lists are those of all only if each lies within the one above. */
function checkContained(chain: readonly Grant[], file: string): void {
  for (const [index, grant] of chain.entries()) {
    const parent = chain[index - 1];
    const wider = parent === undefined ? undefined : widening(grant.scope, parent.scope);
    if (wider !== undefined) throw new PlumblineError('grant-widened', `${file}: grant ${index + 1}: ${wider}`);
  }
}

function describe(lowered: Lowered, target: Exclude<Target, 'json'>): string {
  const until = new Date(lowered.expiresMs).toISOString();
  const lines = [`${target}, ${lowered.binding}, until ${until}`, ...RULES[target](lowered).map((line) => `  ${line}`)];
  lines.push('lost');
  for (const { level, part, why, instead } of lowered.losses)
    lines.push(`  ${instead.padEnd(8)}  ${level} ${part}: ${why}`);
  return lines.map((line) => `${printable(line)}\n`).join('');
}

const range = ({ first, last }: { first: number; last: number }): string =>
  first === last ? String(first) : `${first}-${last}`;

const RULES: Record<Exclude<Target, 'json'>, (lowered: Lowered) => string[]> = {
  landlock: ({ landlock: { paths, ports, scoped } }) => [
    ...paths.map(({ path, of, rights }) => `${of.padEnd(9)}  ${path}  ${rights.join(' ')}`),
    ...ports.map(({ port, rights }) => `port       ${port}  ${rights.join(' ')}`),
    `scoped     ${scoped.join(' ')}`,
  ],
  seccomp: ({ seccomp }) => Object.entries(seccomp).map(([family, handling]) => `${handling.padEnd(6)}  ${family}`),
  bpf: ({ bpf: { connect, bind, exec } }) => [
    ...connect.map(({ block, ports }) => `connect  ${block}  ${range(ports)}`),
    ...bind.map(({ block, ports }) => `bind     ${block}  ${range(ports)}`),
    ...exec.map(({ path, of }) => `exec     ${path}${of === 'directory' && path !== '/' ? '/' : ''}`),
  ],
};
