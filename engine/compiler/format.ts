// The numbers of the program format (SPEC §8), as the compiler writes them. engine/assembly/numbers/format.ts holds the
// same numbers for the reader; a test compares the two.

export const MAGIC = 'PLMB';
export const FORMAT_VERSION = 2;
export const FLAG_AUTHORITY_REQUIRED = 1;
export const HEADER_BYTES = 68;
export const HEADER_SUBJECT = 32;
export const HEADER_USES = 64;
export const NONE = 0xffffffff;

export const VALUE_KIND = {
  Bool: 0,
  Long: 1,
  String: 2,
  set: 3,
  record: 4,
  entity: 5,
  decimal: 6,
  datetime: 7,
  duration: 8,
  ipaddr: 9,
} as const;

export const ENTITY_KIND = { plain: 0, path: 1, domain: 2, host: 3, endpoint: 4, qualified: 5, action: 6 } as const;

export const ATTRIBUTE_REQUIRED = 1;
export const ATTRIBUTE_SENSITIVE = 2;
export const SUPPLIED_SHIFT = 8;
export const SUPPLIED = { labels: 1, clearances: 2, session: 3, time: 4, name: 5, segments: 6, port: 7 } as const;

export const SET_DECISION = 0;
export const SET_LABEL = 1;
export const SET_EXPECT = 2;
export const EFFECT = { permit: 0, forbid: 1 } as const;
/** The verdict of a forbid that is not soft. */
export const VERDICT_HARD = 6;
export const ATTACHES = { nothing: 0, label: 1, sticky: 2, clearance: 3, counted: 4 } as const;
export const SCOPE = { any: 0, isEntity: 1, in: 2, is: 3, isIn: 4 } as const;
export const ACTION_EXACT = 0x80000000;

export const OPCODE = {
  CONSTANT: 1,
  PRINCIPAL: 2,
  ACTION: 3,
  RESOURCE: 4,
  CONTEXT: 5,
  CONTEXT_ATTR: 6,
  CONTEXT_HAS: 7,
  ATTR: 8,
  HAS: 9,
  AND: 10,
  OR: 11,
  BOOL: 12,
  BRANCH: 13,
  JUMP: 14,
  ERROR: 15,
  NOT: 16,
  NEG: 17,
  EQ: 18,
  LT: 19,
  LE: 20,
  ADD: 21,
  SUB: 22,
  MUL: 23,
  IN: 24,
  IN_ENTITY: 25,
  IS: 26,
  LIKE: 27,
  CONTAINS: 28,
  CONTAINS_ALL: 29,
  CONTAINS_ANY: 30,
  IS_EMPTY: 31,
  HAS_TAG: 32,
  GET_TAG: 33,
  SET: 34,
  RECORD: 35,
  DECIMAL: 36,
  DATETIME: 37,
  DURATION: 38,
  IP: 39,
  DECIMAL_LT: 40,
  DECIMAL_LE: 41,
  IS_IPV4: 42,
  IS_IPV6: 43,
  IS_LOOPBACK: 44,
  IS_MULTICAST: 45,
  IS_IN_RANGE: 46,
  OFFSET: 47,
  DURATION_SINCE: 48,
  TO_DATE: 49,
  TO_TIME: 50,
  TO_MILLISECONDS: 51,
  TO_SECONDS: 52,
  TO_MINUTES: 53,
  TO_HOURS: 54,
  TO_DAYS: 55,
} as const;

export type Opcode = keyof typeof OPCODE;

/** What the engine holds; a larger program would be refused at load. */
export const PROGRAM_BYTES_MAX = 4 * 1024 * 1024;
export const CONSTANTS_MAX = 2 ** 20;
export const ACTIONS_MAX = 4096;
export const TYPES_MAX = 65_536;
export const LABELS_MAX = 256;
export const POLICIES_MAX = 65_536;
export const STACK_VALUES_MAX = 512;
export const CONSTANT_DEPTH_MAX = 64;
