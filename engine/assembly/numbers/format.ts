// Owns: the numbers of the program format (SPEC §8). The compiler has its own copy; test/compiler/format.test.ts
// compares the two. Trusts: nothing. Excludes: how programs are checked.

export const MAGIC: u32 = 0x424d4c50; // "PLMB", little-endian
export const FORMAT_VERSION: u32 = 2;
export const FLAG_AUTHORITY_REQUIRED: u32 = 1;
export const HEADER_BYTES: u32 = 68;
export const HEADER_SUBJECT: u32 = 32;
export const HEADER_USES: u32 = 64;
export const NONE: u32 = 0xffffffff;

export const TYPE_BOOL: u32 = 0;
export const TYPE_LONG: u32 = 1;
export const TYPE_STRING: u32 = 2;
export const TYPE_SET: u32 = 3;
export const TYPE_RECORD: u32 = 4;
export const TYPE_ENTITY: u32 = 5;
export const TYPE_DECIMAL: u32 = 6;
export const TYPE_DATETIME: u32 = 7;
export const TYPE_DURATION: u32 = 8;
export const TYPE_IPADDR: u32 = 9;

export const ATTRIBUTE_REQUIRED: u32 = 1;
export const ATTRIBUTE_SENSITIVE: u32 = 2;

export const KIND_PLAIN: u32 = 0;
export const KIND_PATH: u32 = 1;
export const KIND_DOMAIN: u32 = 2;
export const KIND_HOST: u32 = 3;
export const KIND_ENDPOINT: u32 = 4;
export const KIND_QUALIFIED: u32 = 5;
export const KIND_ACTION: u32 = 6;

export const SUPPLIED_LABELS: u32 = 1;
export const SUPPLIED_CLEARANCES: u32 = 2;
export const SUPPLIED_SESSION: u32 = 3;
export const SUPPLIED_TIME: u32 = 4;
export const SUPPLIED_NAME: u32 = 5;
export const SUPPLIED_SEGMENTS: u32 = 6;
export const SUPPLIED_PORT: u32 = 7;

export const SET_DECISION: u32 = 0;
export const SET_LABEL: u32 = 1;
export const SET_EXPECT: u32 = 2;
export const EFFECT_PERMIT: u32 = 0;
export const EFFECT_FORBID: u32 = 1;
export const VERDICT_APPROVE: u32 = 4;
export const VERDICT_HARD: u32 = 6;
export const ATTACHES_NOTHING: u32 = 0;
export const ATTACHES_LABEL: u32 = 1;
export const ATTACHES_STICKY: u32 = 2;
export const ATTACHES_CLEARANCE: u32 = 3;
export const ATTACHES_COUNTED: u32 = 4;

export const SCOPE_ANY: u32 = 0;
export const SCOPE_IS_ENTITY: u32 = 1;
export const SCOPE_IN: u32 = 2;
export const SCOPE_IS: u32 = 3;
export const SCOPE_IS_IN: u32 = 4;
export const ACTION_EXACT: u32 = 0x80000000;

export const POLICY_BYTES: u32 = 64;

export const OP_CONSTANT: u32 = 1;
export const OP_PRINCIPAL: u32 = 2;
export const OP_ACTION: u32 = 3;
export const OP_RESOURCE: u32 = 4;
export const OP_CONTEXT: u32 = 5;
export const OP_CONTEXT_ATTR: u32 = 6;
export const OP_CONTEXT_HAS: u32 = 7;
export const OP_ATTR: u32 = 8;
export const OP_HAS: u32 = 9;
export const OP_AND: u32 = 10;
export const OP_OR: u32 = 11;
export const OP_BOOL: u32 = 12;
export const OP_BRANCH: u32 = 13;
export const OP_JUMP: u32 = 14;
export const OP_ERROR: u32 = 15;
export const OP_NOT: u32 = 16;
export const OP_NEG: u32 = 17;
export const OP_EQ: u32 = 18;
export const OP_LT: u32 = 19;
export const OP_LE: u32 = 20;
export const OP_ADD: u32 = 21;
export const OP_SUB: u32 = 22;
export const OP_MUL: u32 = 23;
export const OP_IN: u32 = 24;
export const OP_IN_ENTITY: u32 = 25;
export const OP_IS: u32 = 26;
export const OP_LIKE: u32 = 27;
export const OP_CONTAINS: u32 = 28;
export const OP_CONTAINS_ALL: u32 = 29;
export const OP_CONTAINS_ANY: u32 = 30;
export const OP_IS_EMPTY: u32 = 31;
export const OP_HAS_TAG: u32 = 32;
export const OP_GET_TAG: u32 = 33;
export const OP_SET: u32 = 34;
export const OP_RECORD: u32 = 35;
export const OP_DECIMAL: u32 = 36;
export const OP_DATETIME: u32 = 37;
export const OP_DURATION: u32 = 38;
export const OP_IP: u32 = 39;
export const OP_DECIMAL_LT: u32 = 40;
export const OP_DECIMAL_LE: u32 = 41;
export const OP_IS_IPV4: u32 = 42;
export const OP_IS_IPV6: u32 = 43;
export const OP_IS_LOOPBACK: u32 = 44;
export const OP_IS_MULTICAST: u32 = 45;
export const OP_IS_IN_RANGE: u32 = 46;
export const OP_OFFSET: u32 = 47;
export const OP_DURATION_SINCE: u32 = 48;
export const OP_TO_DATE: u32 = 49;
export const OP_TO_TIME: u32 = 50;
export const OP_TO_MILLISECONDS: u32 = 51;
export const OP_TO_SECONDS: u32 = 52;
export const OP_TO_MINUTES: u32 = 53;
export const OP_TO_HOURS: u32 = 54;
export const OP_TO_DAYS: u32 = 55;
