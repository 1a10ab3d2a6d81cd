// Owns: the exports of the verifier. It checks a Plumbline log with anchors from outside: by seed and checkpoints (SPEC
// §9), and by replay through trusted code (§7). It is written from SPEC alone and shares no code with the writer, so
// that each shows the other's faults.
export { EXIT_CODES } from './report.ts';
export { VERDICTS } from './record/decision.ts';
export type { Verdict } from './record/decision.ts';
export type {
  AuthorityReport,
  Divergence,
  Fault,
  GrantReport,
  HostReport,
  LayerSetReport,
  LogOfHost,
  ReplayReport,
  Status,
  UncheckedLayer,
  VerifyReport,
} from './report.ts';
export { describe } from './describe.ts';
export { describeHost, describeLog } from './describe-host.ts';
export { exitCodeOf, verifyHost } from './host.ts';
export type { HostAnchors } from './host.ts';
export { parseVkeyFile } from './record/checkpoint.ts';
export type { Vkey } from './record/checkpoint.ts';
export { parseIssuers } from './grants/issuers.ts';
export type { Issuers } from './grants/issuers.ts';
export { parseSeedFile } from './log/keys.ts';
export { OperatingError } from './operating-error.ts';
export { createProgress } from './log/segment.ts';
export type { Progress } from './log/segment.ts';
export { parseTrust, readShippedTrust } from './replay/trust.ts';
export type { Trust } from './replay/trust.ts';
export { verifyLog } from './verify.ts';
export type { Anchors } from './verify.ts';
export { replayLog } from './replay/replay.ts';
