// Owns: which families of system calls an authority leaves to the kernel, which have to be notified, which denied (SPEC
// §12.4).
// Trusts: that the rules of the targets it names are laid on. Excludes: filters; the adapter assembles them.

import type { ScopeKey } from '../authority/scope.ts';
import { FAMILIES, FAMILIES_OF, type Family, type FamilyCalls } from './family.ts';
import { landlockOf } from './landlock.ts';
import { commonLosses, isNamed, mediatedLoss, type Loss } from './loss.ts';
import type { Reach } from './reach.ts';

type Kernel = 'landlock' | 'bpf';

export interface FamilyRule extends FamilyCalls {
  family: Family;
  /** `kernel`: left to it where the rules of a target in `by` are laid on, and notified elsewhere. */
  handling: 'kernel' | 'notify' | 'deny';
  by: readonly Kernel[];
}

export interface SeccompConstraints {
  target: 'seccomp';
  untilMs: number;
  families: readonly FamilyRule[];
  losses: readonly Loss[];
}

type Handling = Pick<FamilyRule, 'handling' | 'by'>;
const NOTIFY: Handling = { handling: 'notify', by: [] };
const DENY: Handling = { handling: 'deny', by: [] };
const left = (...by: Kernel[]): Handling => ({ handling: 'kernel', by });

export function seccompOf(reach: Reach): SeccompConstraints {
  const handled = handlings(reach);
  return {
    target: 'seccomp',
    untilMs: reach.untilMs,
    families: (Object.keys(FAMILIES) as Family[]).map((family) => ({
      family,
      // What no list of a scope stands for is granted by none.
      ...(handled[family] ?? DENY),
      ...FAMILIES[family],
    })),
    losses: [...commonLosses(reach), ...pointerLosses(reach)],
  };
}

function handlings(reach: Reach): Partial<Record<Family, Handling>> {
  const { zones, judged } = reach;
  const { paths } = landlockOf(reach);
  const granted = (key: ScopeKey, handling: Handling): Handling => (zones[key].length === 0 ? DENY : handling);
  const ifExact = (family: Family, ...by: Kernel[]): Handling =>
    paths.some(({ mediated }) => mediated.includes(family)) ? NOTIFY : left(...by);
  const connects = connecting(reach);
  return {
    // Where nothing may be read or written, Landlock refuses all of it.
    open: ifExact('open', 'landlock'),
    'path-modify': granted('write', ifExact('path-modify', 'landlock')),
    attributes: granted('write', NOTIFY),
    exec: granted('exec', ifExact('exec', 'landlock', 'bpf')),
    connect: granted('connect', connects),
    udp: granted('connect', connects),
    // A socket that listens unbound passes both kinds of rules, unless it may.
    'bind-listen': granted(
      'listen',
      !judged.has('listen') && isEverything(reach, 'listen') ? left('landlock', 'bpf') : NOTIFY,
    ),
  };
}

/** BPF tells addresses apart and sees UDP; Landlock does neither, so that it holds only what is free anyway. */
function connecting(reach: Reach): Handling {
  if (reach.judged.has('connect') || reach.zones.connect.some(isNamed)) return NOTIFY;
  return isEverything(reach, 'connect') ? left('landlock', 'bpf') : left('bpf');
}

const isEverything = ({ zones }: Reach, key: 'connect' | 'listen'): boolean =>
  zones[key].some(({ entry, ports: [ports] }) => entry.kind === 'any' && ports!.first === 0 && ports!.last === 65_535);

function pointerLosses({ zones }: Reach): Loss[] {
  const why = 'stand behind pointers, which a filter cannot follow';
  const of = (what: string, keys: readonly ScopeKey[]): Loss[] =>
    keys.some((key) => zones[key].length > 0)
      ? [mediatedLoss(what, why, [...new Set(keys.flatMap((key) => FAMILIES_OF[key]))])]
      : [];
  return [...of('paths', ['read', 'write', 'exec']), ...of('addresses', ['connect', 'listen'])];
}
