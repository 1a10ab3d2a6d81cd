// Owns: every size the engine is built for, and the memory map: where in its fixed memory each thing lies (SPEC §7,
// §8). Nothing here grows: what does not fit is refused at load (`limit`) or ends in `block` (`out-of-fuel`), never in
// a trap. Trusts: nothing; test/engine/limits.test.ts compares the map with the sizes. Excludes: what is stored there.

export const LAYERS_MAX: u32 = 8;
export const TRANSACTION_MAX: u32 = 16;
export const DEPTH_MAX: u32 = 64;
export const STACK_MAX: u32 = 512;
export const LABELS_MAX: u32 = 256;
export const STATE_LABELS_BYTES_MAX: u32 = 8192;
export const STATE_NAMES_BYTES_MAX: u32 = 9728; // labels and selectors together
export const USES_MAX: u32 = 64;
export const APPROVALS_MAX: u32 = 32;
export const REVOKED_MAX: u32 = 64;
export const SELECTORS_MAX: u32 = 32;
export const POLICIES_MAX: u32 = 65536;
export const ACTIONS_MAX: u32 = 4096;
export const TABLE_MAX: u32 = 65536; // value types, records, entity types
export const CONSTANTS_MAX: u32 = 1 << 20;
export const PATH_BYTES_MAX: u32 = 4096;
export const HOST_BYTES_MAX: u32 = 253;
export const COUNTER_MAX: u64 = (1 << 53) - 1; // state counters stay exact in every host's numbers

// Steps of one `decide`: an instruction, a candidate policy, or some 32 bytes looked through. 2^21 of them take some 10
// ms.
export const FUEL: i32 = 1 << 21;

// The map: each region begins where the one before ends, and GAP bytes further on, because wide loads and stores reach
// up to 7 bytes beyond what they are about. All sizes are multiples of 8, so every region is aligned to 8. Memory is 32
// MiB, as engine/build.ts fixes it; below REQUEST lies what the compiler places there, `memory.data`.
const GAP: u32 = 64;

export const REQUEST: u32 = 0x1000;
export const REQUEST_CAP: u32 = 49152;
export const RESPONSE: u32 = REQUEST + REQUEST_CAP + GAP;
export const RESPONSE_CAP: u32 = 12288;
export const STATE: u32 = RESPONSE + RESPONSE_CAP + GAP;
export const STATE_CAP: u32 = 16384;

// Records: of the levels, and of each request of a transaction what was asked and what is decided.
export const LEVELS: u32 = STATE + STATE_CAP + GAP;
export const LEVEL_SIZE: u32 = 512;
export const REQUESTS: u32 = LEVELS + (LAYERS_MAX + 1) * LEVEL_SIZE + GAP;
export const REQUEST_SIZE: u32 = 64;
export const RESULTS: u32 = REQUESTS + TRANSACTION_MAX * REQUEST_SIZE + GAP;
export const RESULT_SIZE: u32 = 256;

// The evaluator's stack of values, and frames for walking nested values without recursion.
export const STACK: u32 = RESULTS + TRANSACTION_MAX * RESULT_SIZE + GAP;
export const FRAMES: u32 = STACK + STACK_MAX * 8 + GAP;
export const FRAME_SIZE: u32 = 32;

// Supplied attributes already made, by number (a u64 each); two sets of labels.
export const SUPPLIED_CACHE: u32 = FRAMES + (DEPTH_MAX + 1) * FRAME_SIZE + GAP;
export const SUPPLIED_CACHE_BYTES: u32 = 64;
export const NO_LABELS: u32 = SUPPLIED_CACHE + SUPPLIED_CACHE_BYTES + GAP; // stays zero
export const ALL_STICKY: u32 = NO_LABELS + LABELS_MAX / 8 + GAP;

// For one function's own use.
export const SCRATCH: u32 = ALL_STICKY + LABELS_MAX / 8 + GAP;
export const SCRATCH_BYTES: u32 = 512;

// The entity store's entries, of which each takes at least 8 bytes of a request.
export const STORE: u32 = SCRATCH + SCRATCH_BYTES + GAP;
export const STORE_SIZE: u32 = 24;
export const STORE_MAX: u32 = 6144;

// The state's parts: the array of labels as it stands in every new state; the keys 6–8 likewise; the tables of
// ledger.ts; the array of selectors.
export const STATE_LABELS: u32 = STORE + STORE_MAX * STORE_SIZE + GAP;
export const LEDGER: u32 = STATE_LABELS + STATE_LABELS_BYTES_MAX + GAP;
export const LEDGER_BYTES: u32 = 8192;
export const LEDGER_ENTRY_BYTES: u32 = 40;
export const USES: u32 = LEDGER + LEDGER_BYTES + GAP;
export const APPROVALS: u32 = USES + 8 + USES_MAX * LEDGER_ENTRY_BYTES + GAP;
export const REVOKED: u32 = APPROVALS + 8 + APPROVALS_MAX * LEDGER_ENTRY_BYTES + GAP;

// What is counted when a request is released: a digest's address and how many uses, u32s.
export const COUNTINGS: u32 = REVOKED + 8 + REVOKED_MAX * LEDGER_ENTRY_BYTES + GAP;
export const COUNTING_SIZE: u32 = 8;
export const SELECTORS: u32 = COUNTINGS + USES_MAX * COUNTING_SIZE + GAP;

// A lineage cannot outgrow its request: a path of n bytes has at most n/2 prefixes, a parent takes at least 5 bytes.
export const LINEAGE_MAX: u32 = 28672;
export const LINEAGE_SIZE: u32 = 24;
export const LINEAGE_PRINCIPAL: u32 = SELECTORS + STATE_NAMES_BYTES_MAX + GAP;
export const LINEAGE_ACTION: u32 = LINEAGE_PRINCIPAL + LINEAGE_MAX * LINEAGE_SIZE + GAP;
export const LINEAGE_RESOURCE: u32 = LINEAGE_ACTION + LINEAGE_MAX * LINEAGE_SIZE + GAP;
export const LINEAGE_OTHER: u32 = LINEAGE_RESOURCE + LINEAGE_MAX * LINEAGE_SIZE + GAP;

// Anchors found by the lineages of resource and principal: a u32 each, at most one for each member.
export const HITS: u32 = LINEAGE_OTHER + LINEAGE_MAX * LINEAGE_SIZE + GAP;

// Of one decide: policies that matched or errored, a u32 each; then what lives for one decide.
export const OUTCOMES: u32 = HITS + LINEAGE_MAX * 2 * 4 + GAP;
export const OUTCOMES_END: u32 = OUTCOMES + 0x200000;
export const DECISION_ARENA: u32 = OUTCOMES_END + GAP;
export const DECISION_ARENA_END: u32 = DECISION_ARENA + 0x1ffff0;

// What lives for one policy; at load, what checking needs.
export const POLICY_ARENA: u32 = DECISION_ARENA_END + GAP;
export const POLICY_ARENA_END: u32 = POLICY_ARENA + 0x3ffff0;

export const PROGRAM: u32 = POLICY_ARENA_END + GAP;
export const PROGRAM_CAP: u32 = 0x400000;

// Programs and their indexes, one level after the other.
export const LEVEL_ARENA: u32 = PROGRAM + PROGRAM_CAP + GAP;
export const LEVEL_ARENA_END: u32 = LEVEL_ARENA + 0x109e000;
