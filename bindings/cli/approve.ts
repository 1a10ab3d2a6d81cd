// Owns: `plumb approve`: what waits for a person, and saying yes to one of it, or to all that are alike.

import type { Command } from 'commander';
import { hostRuntime } from '../runtime/index.ts';
import type { Pending } from '../pending-approvals.ts';
import { ask, asker, CONTROL, CONTROL_HELP } from './control-option.ts';
import { describePending } from './describe-pending.ts';
import { printable } from './describe-record.ts';
import { readCount, readDuration } from './input.ts';
import { write, writeJson } from './output.ts';
import { tell, UsageError } from './report-error.ts';

/** SPEC §6.6. */
const USES_MAX = 2 ** 32 - 1;
const DIGEST = /^[0-9a-f]{64}$/;

interface ApproveOptions {
  control: string;
  for: string;
  all?: true;
  action?: string;
  within?: string;
  level?: number;
  uses?: number;
  content?: string;
  json?: true;
}

/** What says which requests `--all` is for. */
const NEEDED = ['action', 'within', 'level', 'uses'] as const;

export function addApprove(program: Command): void {
  program
    .command('approve')
    .description('approve what a session asks for, once; without a digest, show what it asks for')
    .argument('[DIGEST]', 'what is approved, as `plumb approve` or the decision shows it')
    .requiredOption(CONTROL, CONTROL_HELP)
    .option('--for <DURATION>', 'until when it may be used: 90s, 10m, 8h', '10m')
    .option('--all', 'approve every request of an action within a resource, before it is asked for')
    .option('--action <ACTION>', 'with --all: as file.delete')
    .option('--within <TYPE::ID>', 'with --all: the resource, or what it is in, as Dir::/work/build')
    .option('--level <N>', 'with --all: the level that would ask; 0 is the policy, 1 the first grant', readCount)
    .option('--uses <N>', 'with --all: how many calls, each of one or more requests', readUses)
    .option('--content <SHA-256>', 'with --all: of the file that is run; without it, of none that states its content')
    .option('--json', 'the output as JSON')
    .addHelpText(
      'after',
      '\nAn approval is for the very same request, under the same policy and grants, one time. With --all it is for what you\nname, arguments and targets of tools aside; --uses counts calls: several requests that are judged together are one.\n\nExamples:\n  plumb approve --control ./control/socket\n  plumb approve --control ./control/socket --all --action file.delete --within Dir::/work/build --level 0 --uses 20',
    )
    .action(async (digest: string | undefined, options: ApproveOptions) => {
      const given = [...NEEDED, 'content' as const].find((name) => options[name] !== undefined);
      if (options.all) return approveAll(digest, options);
      if (given !== undefined) throw new UsageError(`--${given} needs --all`);
      await (digest === undefined ? showPending(options) : approveOne(digest, options));
    });
}

/** @throws {UsageError} */
function readUses(text: string): number {
  const uses = readCount(text);
  if (uses >= 1 && uses <= USES_MAX) return uses;
  throw new UsageError(`${text} is no number of uses`, `from 1 to ${USES_MAX}`);
}

async function showPending({ control, json }: ApproveOptions): Promise<void> {
  const pending = (await ask(control, { verb: 'pending' })) as Pending[];
  if (pending.length === 0 && !json) return tell('nothing waits for approval\n');
  await (json ? writeJson(pending) : write(pending.map(describePending).join('')));
}

async function approveOne(digest: string, { control, for: duration, json }: ApproveOptions): Promise<void> {
  if (!DIGEST.test(digest)) throw new UsageError(`${digest} is not a digest of 64 hex digits`);
  const expiresMs = (await hostRuntime()).now() + readDuration(duration);
  await ask(control, { verb: 'approve', digest, expiresMs, by: asker() });
  await (json ? writeJson({ approved: digest, expiresMs }) : write(`approved ${digest}\n`));
}

async function approveAll(digest: string | undefined, options: ApproveOptions): Promise<void> {
  const { control, action, within, level, uses, content, json } = options;
  if (digest !== undefined) throw new UsageError('--all takes no digest');
  const absent = NEEDED.find((name) => options[name] === undefined);
  if (absent !== undefined) throw new UsageError(`--all needs --${absent}`);
  const [, type, id] = /^(\w+)::(.+)$/su.exec(within!) ?? [];
  if (type === undefined || id === undefined) throw new UsageError(`${within} is no TYPE::ID`);
  if (content !== undefined && !DIGEST.test(content)) throw new UsageError(`${content} is no digest of 64 hex digits`);
  const expiresMs = (await hostRuntime()).now() + readDuration(options.for);
  const all = { action: action!, within: { type, id }, level: level!, uses: uses!, expiresMs };
  await ask(control, {
    verb: 'approve-all',
    ...all,
    ...(content === undefined ? {} : { content }),
    by: asker(),
  });
  await (json
    ? writeJson({ approved: all })
    : write(`approved ${printable(`${action} within ${within}`)} at level ${level}, ${uses} times\n`));
}
