// Owns: how verbs reach a session's control channel, and how it is served.

import { userInfo } from 'node:os';
import {
  askControl,
  PlumblineError,
  serveControl,
  type ControlCommand,
  type ControlHandler,
  type Session,
} from '../index.ts';

export const CONTROL = '--control <SOCKET>';
export const CONTROL_HELP = "the session's control channel";
export const SERVE_HELP =
  'serve a control channel there, for plumb approve, grant revoke, grant step and stop; in a directory of yours alone';

/** Who asks, as the session records it: by name, or by number if the system has no name for them. */
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

/** Carries the commands of a control channel out on a session. */
export const controlOf =
  (session: Session, stop: () => void): ControlHandler =>
  (command) => {
    switch (command.verb) {
      case 'approve':
        return session.approve(command.digest, command.expiresMs, command.by);
      case 'revoke':
        return session.revoke(command.grant, command.by);
      case 'step':
        return session.step(command.tokens);
      case 'pending':
        return session.pending();
      case 'stop':
        return stop();
    }
    throw new PlumblineError('control-malformed', 'this is no command');
  };
