// Owns: the one form in which every check says that something is wrong: SPEC §9.7.

/** Why bytes are refused. `offset`: bytes into what was given. */
export interface Refusal {
  offset: number;
  expected: string;
  found: string;
}

/** A refusal that decides the status of the log. `file`, `seq`: its place, if that is not where the check stands. */
export interface Finding extends Refusal {
  status: 'malformed' | 'tampered' | 'other-key';
  file?: string;
  seq?: number;
}

export function tampered(offset: number, expected: string, found: string): Finding {
  return { status: 'tampered', offset, expected, found };
}

export function malformed({ offset, expected, found }: Refusal): Finding {
  return { status: 'malformed', offset, expected, found };
}
