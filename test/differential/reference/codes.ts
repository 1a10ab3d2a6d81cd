// Owns: the numbers of SPEC §5: verdicts and codes.

export const VERDICT = { allow: 0, degrade: 1, restrict: 2, readOnly: 3, approve: 4, defer: 5, block: 6 } as const;

/** A soft forbid's `@verdict`. */
export const SOFT_VERDICTS: Record<string, number> = {
  degrade: VERDICT.degrade,
  restrict: VERDICT.restrict,
  'read-only': VERDICT.readOnly,
  approve: VERDICT.approve,
  defer: VERDICT.defer,
};

export const CODE = {
  permitted: 0,
  constrained: 1,
  forbidden: 2,
  forbidError: 3,
  noPermit: 4,
  malformedRequest: 5,
  notApplicable: 6,
  missingAttribute: 7,
  illTypedAttribute: 8,
  unknownAttribute: 9,
  entityAbsent: 10,
  derivedParents: 11,
  nonCanonicalName: 12,
  reservedAttribute: 13,
  authorityMismatch: 14,
  outOfFuel: 15,
  noProgram: 16,
  noState: 17,
  decisionTooLarge: 18,
  transaction: 19,
  invalidHierarchy: 20,
  stateLimit: 21,
  revoked: 22,
  usedUp: 23,
  approved: 24,
} as const;
