// Every size the engine is built for, and where in its fixed memory each thing lies (SPEC §7, §8).
// Owns the memory map; knows nothing of what is stored. Nothing here grows: what does not fit is refused at load
// (`limit`) or ends in `block` (`out-of-fuel`), never in a trap. Memory is 32 MiB, 512 pages, as engine/build.ts fixes it.

export const LAYERS_MAX: u32 = 8;
export const TRANSACTION_MAX: u32 = 16;
export const DEPTH_MAX: u32 = 64;
export const STACK_MAX: u32 = 512;
export const LABELS_MAX: u32 = 256;
export const STATE_LABELS_BYTES_MAX: u32 = 8192;
export const USES_MAX: u32 = 64;
export const APPROVALS_MAX: u32 = 32;
export const REVOKED_MAX: u32 = 64;
export const POLICIES_MAX: u32 = 65536;
export const ACTIONS_MAX: u32 = 4096;
export const TABLE_MAX: u32 = 65536; // value types, records, entity types
export const CONSTANTS_MAX: u32 = 1 << 20;
export const PATH_BYTES_MAX: u32 = 4096;
export const HOST_BYTES_MAX: u32 = 253;
export const COUNTER_MAX: u64 = (1 << 53) - 1; // state counters stay exact in every host's numbers

// Steps of one `decide`: an instruction, a candidate policy, or some 32 bytes looked through. 2^21 of them take some 10 ms.
export const FUEL: i32 = 1 << 21;

// Wide loads and stores reach up to 7 bytes beyond what they are about, so there is room after every region.
export const REQUEST: u32 = 0x1000;
export const REQUEST_CAP: u32 = 49152;
export const RESPONSE: u32 = 0xe000;
export const RESPONSE_CAP: u32 = 12288;
export const STATE: u32 = 0x12000;
export const STATE_CAP: u32 = 16384;

export const LEVELS: u32 = 0x17000; // 9 × LEVEL_SIZE
export const LEVEL_SIZE: u32 = 512;
export const REQUESTS: u32 = 0x18400; // 16 × REQUEST_SIZE
export const REQUEST_SIZE: u32 = 64;
export const RESULTS: u32 = 0x18800; // 16 × RESULT_SIZE
export const RESULT_SIZE: u32 = 256;
export const STACK: u32 = 0x1a000; // STACK_MAX × 8
export const FRAMES: u32 = 0x1c000; // (DEPTH_MAX + 1) × FRAME_SIZE
export const FRAME_SIZE: u32 = 32;
export const BITS: u32 = 0x1d000; // label sets being worked on
export const SCRATCH: u32 = 0x1e000; // 4 KiB for one function's own use

export const STORE: u32 = 0x20000; // entries of the entity store
export const STORE_SIZE: u32 = 24;
export const STORE_MAX: u32 = 6144; // an entry is at least 8 bytes of a request

// The state's parts, out of the host's way.
export const STATE_LABELS: u32 = 0x48000; // the array of labels
export const LEDGER: u32 = 0x4b000; // keys 6–8, encoded: 64 × 44, 32 × 44 and 64 × 34 bytes at most
export const USES: u32 = 0x4d000; // tables of ledger.ts: 8 bytes, then entries
export const APPROVALS: u32 = 0x4e000;
export const REVOKED: u32 = 0x4f000;
export const LEDGER_ENTRY_BYTES: u32 = 40;

// A lineage cannot outgrow its request: a path of n bytes has at most n/2 prefixes, a parent takes at least 5 bytes.
export const LINEAGE_MAX: u32 = 28672;
export const LINEAGE_SIZE: u32 = 24;
export const LINEAGE_PRINCIPAL: u32 = 0x60000;
export const LINEAGE_ACTION: u32 = 0x110000;
export const LINEAGE_RESOURCE: u32 = 0x1c0000;
export const LINEAGE_OTHER: u32 = 0x270000;
export const HITS: u32 = 0x320000; // anchors found by the resource's and the principal's lineage, at most one each per member

export const OUTCOMES: u32 = 0x360000; // of one decide: policies that matched or errored
export const OUTCOMES_END: u32 = 0x560000;
export const DECISION_ARENA: u32 = 0x560000; // lives for one decide
export const DECISION_ARENA_END: u32 = 0x75fff0;
export const POLICY_ARENA: u32 = 0x760000; // lives for one policy; at load, what checking needs
export const POLICY_ARENA_END: u32 = 0xb5fff0;

export const PROGRAM: u32 = 0xb60000;
export const PROGRAM_CAP: u32 = 0x400000;
export const LEVEL_ARENA: u32 = 0xf61000; // programs and their indexes, one level after the other
export const LEVEL_ARENA_END: u32 = 0x1fff000;
