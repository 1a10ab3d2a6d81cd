// Owns: the losses that every target has: what of an authority no kernel can hold, why, and what happens to it instead
// (SPEC §12.5).

import { entryJson } from '../authority/entry.ts';
import { SCOPE_KEYS, type ScopeKey } from '../authority/scope.ts';
import { FAMILIES_OF, type Family } from './family.ts';
import type { Reach } from './reach.ts';
import { zoneText, type Zone } from './zone.ts';

export interface Loss {
  what: string;
  why: string;
  /**
   * `mediated`: judged by the core, call by call. `refused`: not to be had. `ended`: the adapter that laid the rules on
   * ends the processes under them.
   */
  instead: 'mediated' | 'refused' | 'ended';
  /** Whose calls that concerns; none if it is no matter of single system calls. */
  families: readonly Family[];
}

export const mediatedLoss = (what: string, why: string, families: readonly Family[]): Loss => ({
  what,
  why,
  instead: 'mediated',
  families,
});

export const refusedLoss = (what: string, why: string, families: readonly Family[]): Loss => ({
  what,
  why,
  instead: 'refused',
  families,
});

export const zoneLoss = (key: ScopeKey, zone: Zone, why: string): Loss =>
  mediatedLoss(
    `${key} ${JSON.stringify(zone.entry.limits === undefined ? zoneText(zone) : entryJson(zone.entry))}`,
    why,
    FAMILIES_OF[key],
  );

/** Whether it takes a name to tell whether an endpoint lies in the zone. */
export const isNamed = ({ entry: { kind } }: Zone): boolean => kind === 'host' || kind === 'domain';

export const isProgram = ({ entry }: Zone): boolean => entry.kind === 'program';

export function commonLosses({ zones, dynamic, expects, forbids, untilMs }: Reach): Loss[] {
  const each = (key: ScopeKey, why: string, which: (zone: Zone) => boolean = () => true): Loss[] =>
    zones[key].filter(which).map((zone) => zoneLoss(key, zone, why));
  const undecided = zones.exec.length > 0 && !dynamic;
  return [
    ...each('exec', 'a name does not say which file is run', isProgram),
    ...each('connect', 'the kernel sees addresses, not names', isNamed),
    ...each('listen', 'the kernel sees addresses, not names', isNamed),
    ...each('tools', 'no system call says which tool is meant'),
    ...each('models', 'no system call says which model is meant'),
    ...(undecided
      ? [mediatedLoss('dynamic', 'what cannot be told from its text waits for approval', FAMILIES_OF.exec)]
      : []),
    ...(expects
      ? [mediatedLoss('expect', 'what was meant is for the core to compare with', familiesOf(SCOPE_KEYS))]
      : []),
    ...forbids.map(({ id, text, keys }) =>
      mediatedLoss(`${id} ${JSON.stringify(text)}`, 'its conditions are for the core to judge', familiesOf(keys)),
    ),
    {
      what: `expiry ${new Date(untilMs).toISOString()}`,
      why: 'rules of the kernel do not end by themselves',
      instead: 'ended',
      families: [],
    },
    mediatedLoss(
      "the organisation's policy",
      'only the authority is lowered: labels, context and approvals are for the core to judge',
      familiesOf(SCOPE_KEYS),
    ),
  ];
}

const familiesOf = (keys: readonly ScopeKey[]): Family[] => [...new Set(keys.flatMap((key) => FAMILIES_OF[key]))];
