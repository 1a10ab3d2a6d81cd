// Owns: how verbs reach a session's control channel, and how it is served.

import { userInfo } from 'node:os';
import { askControl, type ControlCommand, controlOf, serveControl } from '../control.ts';
import type { Session } from '../session.ts';

export const CONTROL = '--control <SOCKET>';
export const CONTROL_HELP = "the session's control channel";
export const SERVE_HELP =
  'serve a control channel there, for plumb approve, grant revoke, grant step and stop; in a directory of yours alone';

/** The asking user, as the session records it: by name, or by number if the system has no name for it. */
export function asker(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}

export const ask = (control: string, command: ControlCommand): Promise<unknown> => askControl(control, command);

/** Serves a session's control channel, if one is wanted. `stop` ends the session. */
export async function serve(
  path: string | undefined,
  session: Session,
  stop: () => void,
): Promise<{ close(): Promise<void> } | undefined> {
  return path === undefined ? undefined : serveControl(path, controlOf(session, stop));
}
