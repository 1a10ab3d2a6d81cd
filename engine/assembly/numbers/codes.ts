// Owns: the numbers of verdicts and decision codes (SPEC §5, §5.1), of load reasons and sections (SPEC §8). Trusts:
// nothing. Excludes: what they mean.

export const ALLOW: u32 = 0;
export const BLOCK: u32 = 6;

export const PERMITTED: u32 = 0;
export const CONSTRAINED: u32 = 1;
export const FORBIDDEN: u32 = 2;
export const FORBID_ERROR: u32 = 3;
export const NO_PERMIT: u32 = 4;
export const MALFORMED_REQUEST: u32 = 5;
export const NOT_APPLICABLE: u32 = 6;
export const MISSING_ATTRIBUTE: u32 = 7;
export const ILL_TYPED_ATTRIBUTE: u32 = 8;
export const UNKNOWN_ATTRIBUTE: u32 = 9;
export const ENTITY_ABSENT: u32 = 10;
export const DERIVED_PARENTS: u32 = 11;
export const NON_CANONICAL_NAME: u32 = 12;
export const RESERVED_ATTRIBUTE: u32 = 13;
export const AUTHORITY_MISMATCH: u32 = 14;
export const OUT_OF_FUEL: u32 = 15;
export const NO_PROGRAM: u32 = 16;
export const NO_STATE: u32 = 17;
export const DECISION_TOO_LARGE: u32 = 18;
export const TRANSACTION: u32 = 19;
export const INVALID_HIERARCHY: u32 = 20;
export const STATE_LIMIT: u32 = 21;
export const REVOKED: u32 = 22;
export const USED_UP: u32 = 23;
export const APPROVED: u32 = 24;

export const SECTION_HEADER: u32 = 1;
export const SECTION_CONSTANTS: u32 = 2;
export const SECTION_LISTS: u32 = 3;
export const SECTION_SCHEMA: u32 = 4;
export const SECTION_LABELS: u32 = 5;
export const SECTION_POLICIES: u32 = 6;
export const SECTION_CODE: u32 = 7;

export const TRUNCATED: u32 = 1;
export const NOT_A_PROGRAM: u32 = 2;
export const NOT_CANONICAL: u32 = 3;
export const OUT_OF_ORDER: u32 = 4;
export const BAD_INDEX: u32 = 5;
export const BAD_VALUE: u32 = 6;
export const BAD_STACK: u32 = 7;
export const BAD_JUMP: u32 = 8;
export const LIMIT: u32 = 9;
export const SCHEMA_DIFFERS: u32 = 10;
export const NOT_A_LAYER: u32 = 11;
export const PUSH_WITHOUT_PROGRAM: u32 = 12;
