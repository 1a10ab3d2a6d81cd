// Owns: the engine's exports (SPEC §7). What `decide` answers depends on program, layers, state and request only.
// Trusts: nothing; all that stands in the windows is checked. Excludes: deciding (decide/) and loading
// (program/load.ts).

import { decideRequests } from './decide/decide';
import { responseLength } from './decide/decision';
import { dropNewestLevel, levelCount } from './program/level';
import { PROGRAM, PROGRAM_CAP, REQUEST, REQUEST_CAP, RESPONSE, RESPONSE_CAP, STATE, STATE_CAP } from './numbers/limits';
import { loadProgram, pushLayer } from './program/load';
import { updateAuthority } from './program/authority';
import { NO_STATE } from './numbers/codes';
import { noteEvent } from './state/note';
import { dropState, setState, stateLength } from './state/state';

export function abi_version(): i32 {
  return 1;
}

export function program_ptr(): i32 {
  return PROGRAM;
}

export function program_cap(): i32 {
  return PROGRAM_CAP;
}

export function request_ptr(): i32 {
  return REQUEST;
}

export function request_cap(): i32 {
  return REQUEST_CAP;
}

export function response_ptr(): i32 {
  return RESPONSE;
}

export function response_cap(): i32 {
  return RESPONSE_CAP;
}

export function response_len(): i32 {
  return responseLength();
}

export function state_ptr(): i32 {
  return STATE;
}

export function state_cap(): i32 {
  return STATE_CAP;
}

export function state_len(): i32 {
  return stateLength();
}

function loadWindow(length: i32): i32 {
  dropState();
  return loadProgram(length);
}

export function push_layer(length: i32): i32 {
  return pushLayer(length);
}

export function pop_layer(): i32 {
  if (levelCount() < 2) return -1;
  dropNewestLevel();
  updateAuthority();
  return 0;
}

export function set_state(length: i32): i32 {
  if (levelCount() > 0 && setState(length)) return 0;
  dropState();
  return NO_STATE;
}

export function decide(length: i32): i32 {
  return decideRequests(length);
}

export function note(length: i32): i32 {
  return noteEvent(length);
}

// Under its own name it would hide the builtin that reads memory.
export { loadWindow as load };
