// Owns: the list of what of an authority the kernel cannot hold, why, and what becomes of it instead.

import type { Entry } from '../authority/entry.ts';
import type { Grant } from '../authority/grant.ts';
import { SCOPE_KEYS, type ScopeKey } from '../authority/scope.ts';
import { isPorts } from './landlock.ts';

export interface Loss {
  level: string;
  /** The part of the grant: `connect "example.org:443"`, `forbid 0`, `expires`. */
  part: string;
  why: string;
  /** `mediated`: only a mediator can grant it; `refused`: it is granted by none of this; `ends`: it is up to whoever keeps the time. */
  instead: 'mediated' | 'refused' | 'ends';
}

type Lost = Pick<Loss, 'why' | 'instead'>;

const NOT_OF_THE_KERNEL: Lost = { why: 'no system call is one of these', instead: 'mediated' };

/** Lists are those of the last grant, which has the least; what a level adds besides is told for each. */
export function lossesOf(chain: readonly Grant[]): Loss[] {
  const last = chain.at(-1)!;
  const lists = SCOPE_KEYS.flatMap((key) =>
    last.scope.entries[key].flatMap((entry): Loss[] => {
      const lost = lostEntry(key, entry);
      return lost === undefined ? [] : [{ level: last.level, part: `${key} ${JSON.stringify(entry.text)}`, ...lost }];
    }),
  );
  return [...lists, ...chain.flatMap(lostBesides)];
}

function lostEntry(key: ScopeKey, entry: Entry): Lost | undefined {
  switch (key) {
    case 'read':
    case 'write':
      return undefined;
    case 'exec':
      return entry.kind === 'program'
        ? { why: 'a program by name is whichever file is found under it', instead: 'mediated' }
        : undefined;
    case 'connect':
    case 'listen':
      return lostEndpoint(entry);
    case 'tools':
    case 'models':
      return NOT_OF_THE_KERNEL;
  }
}

function lostEndpoint(entry: Entry): Lost | undefined {
  if (isPorts(entry)) return undefined;
  if (entry.kind === 'host' || entry.kind === 'domain')
    return { why: 'the kernel knows addresses, no names', instead: 'mediated' };
  const what = entry.kind === 'address' ? 'Landlock knows ports, no addresses' : 'Landlock takes one port at a time';
  return { why: `${what}; bpf holds it`, instead: 'mediated' };
}

function lostBesides({ level, scope, uses }: Grant): Loss[] {
  const forbids = scope.forbid.map((_, index): Loss => ({
    level,
    part: `forbid ${index}`,
    why: 'a policy may speak of anything; all rules are a floor beneath it',
    instead: 'mediated',
  }));
  const dynamic: Loss[] = scope.dynamic
    ? []
    : [
        {
          level,
          part: 'dynamic',
          why: 'what a command does not tell cannot be seen in a system call',
          instead: 'mediated',
        },
      ];
  const counted: Loss[] =
    uses === undefined ? [] : [{ level, part: `uses ${uses}`, why: 'the kernel does not count', instead: 'mediated' }];
  const expiry: Loss = { level, part: 'expires', why: 'the kernel does not forget', instead: 'ends' };
  return [...forbids, ...dynamic, ...counted, expiry];
}
