// Owns: `plumb grant`: keys that sign grants, and grants written, signed, verified and shown.
// Trusts: the key and the trust set it is given. A grant shown is a grant read, not one that counts.

import { Option, type Command } from 'commander';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { verifyChain } from '../../authority/chain.ts';
import { mintPlan, parseDraft } from '../../authority/draft.ts';
import { entryJson, type ToolJson } from '../../authority/entry.ts';
import { type Grant, mint } from '../../authority/grant.ts';
import { createIssuerKey, readIssuerKey, TrustSet } from '../../authority/issuer-key.ts';
import { layerText } from '../../authority/layer.ts';
import { GRANT_LEVELS } from '../../authority/level.ts';
import type { Scope } from '../../authority/scope.ts';
import { PlumblineError } from '../../error.ts';
import { hostRuntime } from '../../runtime/index.ts';
import { addGrantCreate } from './create.ts';
import { addGrantRevoke, addGrantStep } from './session.ts';
import { readAuthored } from '../authored.ts';
import { chainText, readChain, readTokens, readTrust, refused, writeNew } from '../grant-file.ts';
import { write, writeJson } from '../output.ts';

const FILE_HELP = 'a file of JSON or YAML; - is standard input';
const CHAIN_HELP = 'a chain of grants, one token per line, from the objective on';
const KEY_HELP = 'the key that signs';

export function addGrant(program: Command): void {
  const grant = program.command('grant').description('say what an agent is asked to do, and sign it');
  for (const add of [addKey, addGrantCreate, addSign, addPlan, addVerify, addShow, addGrantStep, addGrantRevoke])
    add(grant);
}

function addKey(grant: Command): void {
  grant
    .command('key')
    .description('make a key that signs grants; print the trust set that names it')
    .argument('<FILE>', 'where the key is written, readable by you alone')
    .option('--json', 'the output is JSON in any case')
    .addHelpText(
      'after',
      '\nAn agent that can read the key can grant itself anything.\n\nExample: plumb grant key issuer.jwk > trust.json',
    )
    .action(async (file: string) => {
      const { publicJwk } = createIssuerKey(file, await hostRuntime());
      await writeJson(new TrustSet([publicJwk]));
    });
}

function addSign(grant: Command): void {
  grant
    .command('sign')
    .description('sign a grant, below the last one of a chain if one is given; print the chain')
    .argument('<FILE>', FILE_HELP)
    .requiredOption('--key <FILE>', KEY_HELP)
    .option('--parent <CHAIN>', CHAIN_HELP)
    .option('-o, --output <FILE>', 'write the chain there', '-')
    .addHelpText(
      'after',
      '\nExample: plumb grant sign intent.yaml --key issuer.jwk --parent objective.grant -o intent.grant',
    )
    .action(async (file: string, { key, parent, output }: { key: string; parent?: string; output: string }) => {
      const runtime = await hostRuntime();
      const chain = parent === undefined ? [] : await readChain(parent);
      const by = { key: readIssuerKey(key, runtime), nowMs: runtime.now(), random: runtime.random };
      const parsed = parseDraft(await readAuthored(file), by.nowMs, chain.at(-1));
      if ('refusal' in parsed) throw refused(parsed.refusal, file);
      const minted = mint(parsed.draft, by.key, chain.at(-1), by);
      if ('refusal' in minted) throw refused(minted.refusal, file);
      await writeNew(output, chainText([...chain, minted.grant]));
    });
}

function addPlan(grant: Command): void {
  grant
    .command('plan')
    .description('sign a whole plan: its chain, and below it a chain for each step')
    .argument('<FILE>', FILE_HELP)
    .requiredOption('--key <FILE>', KEY_HELP)
    .requiredOption('-o, --output <DIR>', 'directory of the chains, made if absent')
    .option('--json', 'the names of the files as JSON')
    .addHelpText(
      'after',
      '\nWrites plan.grant and step-1.grant, step-2.grant, …\n\nExample: plumb grant plan plan.yaml --key issuer.jwk -o grants',
    )
    .action(async (file: string, { key, output, json }: { key: string; output: string; json?: true }) => {
      const runtime = await hostRuntime();
      const by = { key: readIssuerKey(key, runtime), nowMs: runtime.now(), random: runtime.random };
      const minted = mintPlan(await readAuthored(file), by);
      if ('refusal' in minted) throw refused(minted.refusal, file);
      const { chain, steps } = minted;
      const chains = [chain, ...steps.map((step) => [...chain, step])];
      const files = chains.map((_, index) => join(output, index === 0 ? 'plan.grant' : `step-${index}.grant`));
      await makeDirectory(output);
      for (const [index, one] of chains.entries()) await writeNew(files[index]!, chainText(one));
      await (json ? writeJson({ files }) : write(files.map((name) => `${name}\n`).join('')));
    });
}

function addVerify(grant: Command): void {
  grant
    .command('verify')
    .description('check a chain: who signed it, whether it is whole, that nothing widens, that none has ended')
    .argument('<CHAIN>', CHAIN_HELP)
    .requiredOption('--trust <FILE>', 'the issuers whose objectives count: a JWK Set')
    .option('--session <ORIGIN>', 'the log that the chain is to be used in')
    .option('--json', 'what the chain says as JSON')
    .addHelpText(
      'after',
      '\nExit: 0 it counts, 1 it does not, 2 usage\n\nExample: plumb grant verify plan.grant --trust trust.json',
    )
    .action(async (file: string, { trust, session, json }: { trust: string; session?: string; json?: true }) => {
      const { now } = await hostRuntime();
      const verified = verifyChain(await readTokens(file), await readTrust(trust), now(), session);
      if ('refusal' in verified) throw refused(verified.refusal, file);
      await tell(verified.chain, json);
    });
}

function addShow(grant: Command): void {
  grant
    .command('show')
    .description('show what a chain says, without asking whether it counts')
    .argument('<CHAIN>', CHAIN_HELP)
    .addOption(new Option('--cedar <LEVEL>', 'the policies that a level is compiled to').choices(GRANT_LEVELS))
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample: plumb grant show plan.grant --cedar plan')
    .action(async (file: string, { cedar, json }: { cedar?: string; json?: true }) => {
      const chain = await readChain(file);
      if (cedar === undefined) return tell(chain, json);
      const shown = chain.filter(({ level }) => level === cedar).map(layerText);
      await (json ? writeJson(shown) : write(shown.join('\n')));
    });
}

async function tell(chain: readonly Grant[], json: true | undefined): Promise<void> {
  const said = chain.map(({ level, statement, scope, expect, expiresMs, session, uses, issuer, token }) => ({
    level,
    statement,
    scope: { ...listed(scope), dynamic: scope.dynamic, forbid: scope.forbid },
    expect: expect === undefined ? null : listed(expect),
    expires: new Date(expiresMs).toISOString(),
    session: session ?? null,
    uses: uses ?? null,
    issuer,
    token,
  }));
  if (json) return void (await writeJson(said));
  for (const { level, statement, scope, expect, expires, session, uses, issuer } of said) {
    await write(`${level}: ${statement}\n`);
    const { dynamic, ...lists } = scope;
    await tellLists(lists, '');
    if (dynamic) await write('  dynamic  what cannot be told from its text, too\n');
    await tellLists(expect ?? {}, 'expects ');
    if (uses !== null) await write(`  uses     ${uses}, counted in each session\n`);
    await write(
      `  until    ${expires}${session === null ? '' : `, in the session ${session}`}\n  issuer   ${issuer}\n`,
    );
  }
}

const listed = ({ entries }: Scope): Record<string, (string | ToolJson)[]> =>
  Object.fromEntries(Object.entries(entries).map(([key, list]) => [key, list.map(entryJson)]));

async function tellLists(lists: Record<string, readonly (string | ToolJson)[]>, before: string): Promise<void> {
  for (const [key, list] of Object.entries(lists)) {
    for (const entry of list) {
      const text = typeof entry === 'string' ? entry : JSON.stringify(entry);
      await write(`  ${`${before}${key}`.padEnd(8)} ${text.replaceAll('\n', '\n           ')}\n`);
    }
  }
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    throw new PlumblineError('unwritable', `${path} cannot be made`, { cause });
  }
}
