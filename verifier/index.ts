// Checks a Plumbline log with anchors from outside: SPEC §9 by its seed and by checkpoints, §7 by replaying it through trusted code.
// Written from SPEC alone and sharing no code with the writer, so that a fault of one is seen by the other.
export { EXIT_CODES, VERDICTS } from './report.ts';
export type {
  AuthorityReport,
  Divergence,
  Fault,
  GrantReport,
  LayerSetReport,
  ReplayReport,
  Status,
  Verdict,
  VerifyReport,
} from './report.ts';
export { describe } from './describe.ts';
export { parseVkeyFile } from './checkpoint.ts';
export type { Vkey } from './checkpoint.ts';
export { parseIssuers } from './issuers.ts';
export type { Issuers } from './issuers.ts';
export { parseSeedFile } from './keys.ts';
export { OperatingError } from './log-files.ts';
export { createProgress } from './segment.ts';
export type { Progress } from './segment.ts';
export { parseTrust, readShippedTrust } from './trust.ts';
export type { Trust } from './trust.ts';
export { verifyLog } from './verify.ts';
export type { Anchors } from './verify.ts';
export { replayLog } from './replay.ts';
