// Owns: the control channel of a session (SPEC §11.6): a unix socket over which people approve, revoke, set the step
// and stop.
// Trusts: every process that can reach the socket, so its directory must be its owner's alone, and out of the guarded
// tree's reach.
// Excludes: lines and sockets (line-channel.ts).

import { PlumblineError } from './error.ts';
import { isObject } from './is-object.ts';
import { askLine, serveLines, type Channel } from './line-channel.ts';
import type { ApprovedAll, Session } from './session.ts';

/** The commands of the channel. Digests are in hex. `by` names the asking user, as the asking command knows it. */
export type ControlCommand =
  | { verb: 'approve'; digest: string; expiresMs: number; by: string }
  | ({ verb: 'approve-all'; by: string } & ApprovedAll)
  | { verb: 'revoke'; grant: string; by: string }
  | { verb: 'step'; tokens: string[] }
  | { verb: 'pending' }
  | { verb: 'stop' };

/** What is answered: the handler's, or why it could not. */
type Answer = { ok: unknown } | { error: { code: string; message: string; hint?: string } };

/** Carries commands out. What it throws is answered; a PlumblineError by its code. */
export type ControlHandler = (command: ControlCommand) => unknown;

/**
 * Serves a control channel until closed.
 * @throws {PlumblineError} `control-exposed` if others can get at the socket's directory, `control-unusable`
 */
export const serveControl = (path: string, handle: ControlHandler): Promise<Channel> =>
  serveLines('control', path, async (line) => {
    const command = readCommand(parse(line));
    if (command === undefined) throw new PlumblineError('control-malformed', 'this is no command');
    return { ok: (await handle(command)) ?? null };
  });

/**
 * Asks a session over its control channel.
 * @throws {PlumblineError} the code it answers; `control-unreachable` if no session answers
 */
export async function askControl(path: string, command: ControlCommand): Promise<unknown> {
  const unreachable = (cause?: unknown): PlumblineError =>
    new PlumblineError('control-unreachable', `no session answers at ${path}`, {
      hint: 'name the socket that the session was given with --control',
      cause,
    });
  const line = await askLine(path, command).catch((cause: unknown) => {
    throw unreachable(cause);
  });
  const answered = parse(line) as Answer | undefined;
  if (answered !== undefined && 'ok' in answered) return answered.ok;
  if (answered === undefined || !('error' in answered)) throw unreachable();
  const { code, message, hint } = answered.error;
  throw new PlumblineError(code, message, hint === undefined ? {} : { hint });
}

/** Carries the commands of a control channel out on a session. */
export const controlOf =
  (session: Session, stop: () => void): ControlHandler =>
  (command) => {
    switch (command.verb) {
      case 'approve':
        return session.approve(command.digest, command.expiresMs, command.by);
      case 'approve-all': {
        const { verb: _, by, ...all } = command;
        return session.approveAll(all, by);
      }
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

function readCommand(value: unknown): ControlCommand | undefined {
  if (!isObject(value)) return undefined;
  const { verb, ...rest } = value;
  const { digest, expiresMs, grant, tokens, by } = rest;
  const has = (...names: string[]): boolean =>
    Object.keys(rest).length === names.length && names.every((name) => Object.hasOwn(rest, name));
  switch (verb) {
    case 'approve':
      if (!has('digest', 'expiresMs', 'by') || !isText(digest) || typeof expiresMs !== 'number' || !isText(by)) break;
      return { verb, digest, expiresMs, by };
    case 'approve-all':
      return readApprovedAll(rest);
    case 'revoke':
      if (!has('grant', 'by') || !isText(grant) || !isText(by)) break;
      return { verb, grant, by };
    case 'step':
      if (!has('tokens') || !Array.isArray(tokens) || !tokens.every(isText)) break;
      return { verb, tokens };
    case 'pending':
    case 'stop':
      return has() ? { verb } : undefined;
    default:
  }
  return undefined;
}

function readApprovedAll({ by, ...given }: { readonly [name: string]: unknown }): ControlCommand | undefined {
  const { action, within, level, content, uses, expiresMs, ...rest } = given;
  if (!isText(by) || !isText(action) || !isObject(within) || Object.keys(rest).length > 0) return undefined;
  const { type, id, ...more } = within;
  if (!isText(type) || !isText(id) || Object.keys(more).length > 0) return undefined;
  if (typeof level !== 'number' || typeof uses !== 'number' || typeof expiresMs !== 'number') return undefined;
  if (content !== undefined && !isText(content)) return undefined;
  const all = { action, within: { type, id }, level, uses, expiresMs };
  return { verb: 'approve-all', by, ...all, ...(content === undefined ? {} : { content }) };
}

const isText = (value: unknown): value is string => typeof value === 'string';

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
