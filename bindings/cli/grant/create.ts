// Owns: `plumb grant create`: a grant to be, from options; checked, and not yet signed.

import { Option, type Command } from 'commander';
import { parseDraft } from '../../authority/draft.ts';
import { GRANT_LEVELS, type GrantLevel } from '../../authority/level.ts';
import { PlumblineError } from '../../error.ts';
import { isPublicJwk } from '../../public-key.ts';
import { hostRuntime } from '../../runtime/index.ts';
import { readAuthored } from '../authored.ts';
import { refused } from '../grant-file.ts';
import { write } from '../output.ts';
import { UsageError } from '../report-error.ts';

const LISTS = {
  read: 'a path that may be read, and all below it',
  write: 'a path that may be changed, and all below it',
  exec: 'a program that may be run: a path, a directory ending in /, or a name',
  connect: 'HOST:PORT to connect to; also *.DOMAIN, ADDRESS, ADDRESS/PREFIX, *; ports as N, N-M or *',
  listen: 'HOST:PORT to listen on, likewise',
  tools: 'a tool: OWNER/NAME, OWNER/*, or an object of JSON with tool, targets, amountMax, count, orAsk',
  models: 'a model: OWNER/NAME or OWNER/*',
  forbid: 'one forbid in Cedar',
} as const;

type CreateOptions = { [key in keyof typeof LISTS]?: string[] } & {
  level: GrantLevel;
  statement: string;
  expires?: string;
  session?: string;
  uses?: number;
  delegate?: string;
  dynamic?: true;
  expect?: [list: string, entry: string][];
};

export function addGrantCreate(grant: Command): void {
  const create = grant
    .command('create')
    .description('write a grant from options; print it, to be signed')
    .addOption(new Option('--level <LEVEL>', 'what it is').choices(GRANT_LEVELS).makeOptionMandatory())
    .requiredOption('--statement <TEXT>', 'what it is for, in words')
    .option(
      '--expires <END>',
      'an instant (2030-01-31T12:00:00Z) or a duration (8h); without it, when its parent does',
    );
  for (const [key, help] of Object.entries(LISTS)) {
    create.option(`--${key} <ENTRY>`, `${help}; again for more`, (entry: string, list: string[] = []) => [
      ...list,
      entry,
    ]);
  }
  create
    .option('--expect <LIST=ENTRY>', 'what is meant to happen of it, as write=/work/src; again for more', readExpect)
    .option('--dynamic', 'let run what cannot be told from its text')
    .option('--session <ORIGIN>', 'good for the log of this name only')
    .option('--uses <N>', 'how often it may be used in one session', readUses)
    .option('--delegate <FILE>', 'the trust set with the one key that may mint below it; without it, none may')
    .addHelpText(
      'after',
      '\nExample: plumb grant create --level objective --statement "Refactor the config" --expires 8h --read / --write /work > objective.json',
    )
    .action(
      async ({ level, statement, expires, session, uses, delegate, dynamic, expect, ...lists }: CreateOptions) => {
        const written = {
          level,
          statement,
          scope: {
            ...lists,
            ...(lists.tools === undefined ? {} : { tools: lists.tools.map(readTool) }),
            ...(dynamic === undefined ? {} : { dynamic }),
          },
          ...(expect === undefined ? {} : { expect: expectOf(expect) }),
          ...(expires === undefined ? {} : { expires }),
          ...(session === undefined ? {} : { session }),
          ...(uses === undefined ? {} : { uses }),
          ...(delegate === undefined ? {} : { delegate: await readDelegate(delegate) }),
        };
        const nowMs = (await hostRuntime()).now();
        // A child's end may be its parent's, which is not known yet.
        const parsed = parseDraft(level === 'objective' ? written : { expires: '1h', ...written }, nowMs, undefined);
        if ('refusal' in parsed) throw refused(parsed.refusal);
        await write(`${JSON.stringify(written, undefined, 2)}\n`);
      },
    );
}

function readExpect(text: string, before: [string, string][] = []): [list: string, entry: string][] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`${text} is no LIST=ENTRY`);
  return [...before, [text.slice(0, at), text.slice(at + 1)]];
}

function expectOf(given: readonly [list: string, entry: string][]): Record<string, unknown[]> {
  const lists = Map.groupBy(given, ([list]) => list);
  return Object.fromEntries(
    [...lists].map(([list, all]) => [list, all.map(([, entry]) => (list === 'tools' ? readTool(entry) : entry))]),
  );
}

/** An entry of `tools`, which may be an object. */
function readTool(entry: string): unknown {
  if (!entry.startsWith('{')) return entry;
  try {
    return JSON.parse(entry) as unknown;
  } catch {
    throw new UsageError(`${entry} is no JSON`);
  }
}

function readUses(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new UsageError(`${text} is not a number of uses`);
}

async function readDelegate(file: string): Promise<unknown> {
  const set = (await readAuthored(file)) as { keys?: unknown[] } | null;
  const [key, ...rest] = set?.keys ?? [];
  if (isPublicJwk(key) && rest.length === 0) return key;
  throw new PlumblineError('trust-malformed', `${file} is not a trust set of one key`, {
    hint: '`plumb grant key` prints one',
  });
}
