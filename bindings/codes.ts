// Owns: the names of the verdicts and codes of SPEC §5, by number. The engine returns numbers; names live here.

export const VERDICTS = ['allow', 'degrade', 'restrict', 'read-only', 'approve', 'defer', 'block'] as const;

export const CODES = [
  'permitted',
  'constrained',
  'forbidden',
  'forbid-error',
  'no-permit',
  'malformed-request',
  'not-applicable',
  'missing-attribute',
  'ill-typed-attribute',
  'unknown-attribute',
  'entity-absent',
  'derived-parents',
  'non-canonical-name',
  'reserved-attribute',
  'authority-mismatch',
  'out-of-fuel',
  'no-program',
  'no-state',
  'decision-too-large',
  'transaction',
  'invalid-hierarchy',
  'state-limit',
  'revoked',
  'used-up',
  'approved',
] as const;

export type Verdict = (typeof VERDICTS)[number];
/**
 * A code of SPEC §5.1, or the host's own: `not-recorded`, given with `block` where a decision could not be made and
 * recorded.
 */
export type Code = (typeof CODES)[number] | 'not-recorded';
