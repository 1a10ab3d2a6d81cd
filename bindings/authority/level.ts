// Owns: the levels of an authority (SPEC §11.1) and which may stand below which.

/** From what a person wants to what is done for it. */
export const GRANT_LEVELS = ['objective', 'intent', 'plan', 'action'] as const;
export type GrantLevel = (typeof GRANT_LEVELS)[number];

export const isGrantLevel = (value: unknown): value is GrantLevel => GRANT_LEVELS.includes(value as GrantLevel);

/** A level stands below any before it; a plan also below a plan, whose step it is. */
export function mayStandBelow(child: GrantLevel, parent: GrantLevel): boolean {
  return GRANT_LEVELS.indexOf(child) > GRANT_LEVELS.indexOf(parent) || (child === 'plan' && parent === 'plan');
}
