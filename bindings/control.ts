// Owns: the control channel of a session (SPEC §11.6): a unix socket over which people approve, revoke, set the step and stop.
// Trusts: whoever can reach the socket, so its directory must be its owner's alone, and out of the guarded tree's reach.
// Excludes: carrying a command out.

import { createConnection, createServer, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { statSync, unlinkSync } from 'node:fs';
import { PlumblineError } from './error.ts';

/** What can be asked. Digests are in hex. `by` says who asks, as the command that does knows it. */
export type ControlCommand =
  | { verb: 'approve'; digest: string; expiresMs: number; by: string }
  | { verb: 'revoke'; grant: string; by: string }
  | { verb: 'step'; tokens: string[] }
  | { verb: 'pending' }
  | { verb: 'stop' };

/** What is answered: the handler's, or why it could not. */
type Answer = { ok: unknown } | { error: { code: string; message: string; hint?: string } };

/** Carries commands out. What it throws is answered; a PlumblineError by its code. */
export type ControlHandler = (command: ControlCommand) => unknown;

const LINE_LENGTH_MAX = 1 << 20;
const ANSWER_MS_MAX = 10_000;
/** Of a socket's path, as the kernel has it: 108 bytes with the NUL. */
const SOCKET_PATH_BYTES_MAX = 107;

/**
 * Serves a control channel until closed.
 * @throws {PlumblineError} `control-exposed` if others can get at the socket's directory, `control-unusable`
 */
export async function serveControl(path: string, handle: ControlHandler): Promise<{ close(): Promise<void> }> {
  checkPlace(path);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    // Whoever goes away without an answer wanted none.
    socket.on('error', () => socket.destroy());
    onLine(socket, async (line) => socket.end(`${JSON.stringify(await answer(line, handle))}\n`));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new PlumblineError('control-unusable', `no control channel can be made at ${path}`, { cause })),
    );
    server.listen(path, resolve);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/**
 * Asks a session over its control channel.
 * @throws {PlumblineError} the code it answers; `control-unreachable` if nobody answers
 */
export async function askControl(path: string, command: ControlCommand): Promise<unknown> {
  const unreachable = (cause?: unknown): PlumblineError =>
    new PlumblineError('control-unreachable', `no session answers at ${path}`, {
      hint: 'name the socket that the session was given with --control',
      cause,
    });
  const line = await new Promise<string>((resolve, reject) => {
    const socket = createConnection(path, () => socket.write(`${JSON.stringify(command)}\n`));
    socket.setTimeout(ANSWER_MS_MAX, () => socket.destroy(new Error('no answer')));
    socket.on('error', (cause) => reject(unreachable(cause)));
    socket.on('close', () => reject(unreachable()));
    onLine(socket, (text) => {
      resolve(text);
      socket.end();
    });
  });
  const answered = parse(line) as Answer | undefined;
  if (answered !== undefined && 'ok' in answered) return answered.ok;
  if (answered === undefined || !('error' in answered)) throw unreachable();
  const { code, message, hint } = answered.error;
  throw new PlumblineError(code, message, hint === undefined ? {} : { hint });
}

function checkPlace(path: string): void {
  if (Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX) {
    throw new PlumblineError('control-unusable', `${path} is too long for a socket's path`, {
      hint: `it has at most ${SOCKET_PATH_BYTES_MAX} bytes`,
    });
  }
  const directory = dirname(path);
  const stat = statSync(directory, { throwIfNoEntry: false });
  if (
    stat === undefined ||
    (stat.mode & 0o077) !== 0 ||
    (process.getuid !== undefined && stat.uid !== process.getuid())
  ) {
    throw new PlumblineError('control-exposed', `${directory} is not a directory of yours alone`, {
      hint: `mkdir -m 700 ${directory}: who can reach the socket can approve anything`,
    });
  }
  // What a session that died left there; one that lives answers.
  if (statSync(path, { throwIfNoEntry: false })?.isSocket() === true) unlinkSync(path);
}

async function answer(line: string, handle: ControlHandler): Promise<Answer> {
  try {
    const command = readCommand(parse(line));
    if (command === undefined) throw new PlumblineError('control-malformed', 'this is no command');
    return { ok: (await handle(command)) ?? null };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { code = 'control-refused', hint } = error as Partial<PlumblineError>;
    return { error: { code, message: error.message, ...(hint === undefined ? {} : { hint }) } };
  }
}

function readCommand(value: unknown): ControlCommand | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { verb, ...rest } = value as Record<string, unknown>;
  const { digest, expiresMs, grant, tokens, by } = rest;
  const has = (...names: string[]): boolean =>
    Object.keys(rest).length === names.length && names.every((name) => Object.hasOwn(rest, name));
  switch (verb) {
    case 'approve':
      if (!has('digest', 'expiresMs', 'by') || !isText(digest) || typeof expiresMs !== 'number' || !isText(by)) break;
      return { verb, digest, expiresMs, by };
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

/** Calls `use` with the first line that comes; a longer one than any command is cut off. */
function onLine(socket: Socket, use: (line: string) => void): void {
  let text = '';
  let done = false;
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    if (done) return;
    text += chunk;
    const end = text.indexOf('\n');
    if (end >= 0) {
      done = true;
      use(text.slice(0, end));
    } else if (text.length > LINE_LENGTH_MAX) socket.destroy();
  });
}

const isText = (value: unknown): value is string => typeof value === 'string';

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
