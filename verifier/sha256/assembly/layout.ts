// Where things are in memory. What the host writes and reads is named by exports of index.ts.

/** A record is at most 65,535 bytes (SPEC §9.1). */
const RECORD_BYTES_MAX: usize = 65_536;

export const WINDOW_BYTES: usize = 384 * 1024;
/** No record is shorter than 46 bytes, so a window has no more of them. */
export const RECORDS_MAX: usize = 8_704;
/** Pairs of one tile (SPEC §9.6) whose parents are wanted. */
export const PAIRS_MAX: usize = 128;

/** Records, as the host puts them. */
export const WINDOW: usize = __heap_base;
/** Four offsets into the window for each record: start, payload's head, tag, previous tag's head (or NO_PREVIOUS). */
export const FRAMES: usize = WINDOW + WINDOW_BYTES;
/** 32 bytes for each record. */
export const LEAVES: usize = FRAMES + RECORDS_MAX * 16;
export const NODES: usize = LEAVES + RECORDS_MAX * 32;
export const KEY: usize = NODES + PAIRS_MAX * 64;
/** A whole padded message of each lane: prefixes and padding are less than 256 bytes more than a record. */
export const STAGE_BYTES: usize = RECORD_BYTES_MAX + 256;
export const STAGES: usize = KEY + 64;
