// Owns: what the Linux adapter offers: guarded commands.

export { adoptOrphans, launch, startGuardian, STALL_MS, type Guardian, type Launched } from './launch.ts';
export { hostSys, type Sys } from './ffi/index.ts';
export type { Identity } from './argument-rules.ts';
export { filterRules } from './syscalls.ts';
export { assemble } from './seccomp-filter.ts';
export { ABI_NEEDED, landlockAbi, RIGHTS, type Floor, type Right } from './landlock.ts';
export { LinuxError } from './linux-error.ts';
export { probe, type Finding } from './probe.ts';
export { endAs, passSignals, restoreSignals } from './signals.ts';
export { supervise, type Supervisor, type SupervisorEvent } from './supervisor/supervise.ts';
export { PROFILES, type Mediate, type Request as Asked } from './supervisor/mediator.ts';
export { REDEEM } from './supervisor/calls/open.ts';
export { eventFd, wake } from './wake.ts';
export { hostAbi } from './abi.ts';
export type { Ending } from './launch-protocol.ts';
