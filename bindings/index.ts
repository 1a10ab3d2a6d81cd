// Owns: what an embedder needs: keys, a session, its control channel, and the recovery of a log whose writer died.
// Excludes: checking a log, which the package's verifier does. Inside the project, files import each other directly.

export { controlOf, serveControl, type ControlCommand, type ControlHandler } from './control.ts';
export { PlumblineError } from './error.ts';
export { parseTrustSet, type TrustSet } from './authority/issuer-key.ts';
export { recoverLog, type Recovered } from './log/recovery.ts';
export { createSeed, writeSeedFile, type Seed } from './log/seed.ts';
export { createKeys, openKeys, type WriterKeys } from './log/writer-keys.ts';
export { hostRuntime, type Runtime } from './runtime/index.ts';
export { openSession, type Called, type Refused, type Session, type Under } from './session.ts';
export type { Outcome } from './outcome.ts';
export type { LogOptions, SessionOptions } from './session-options.ts';
export type { Pending } from './pending-approvals.ts';
export type { AuthorityOptions } from './authority/authority.ts';
export type { Code, Verdict } from './codes.ts';
export type { Constraint, Decision } from './decision.ts';
export type { Publish } from './log/publisher.ts';
export type { Durability } from './log/recorder.ts';
export type { PublicJwk } from './public-key.ts';
export type { CallObject, ToolCall } from './tool-call.ts';
export { internEntity, type Entity, type EntityHandle, type EntityUid, type Request, type Value } from './request.ts';
