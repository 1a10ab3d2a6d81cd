// Owns: asking and answering over a unix socket: a line of JSON asks, a line answers, and that ends the connection.
// Trusts: every process that can reach the socket, as far as its handler does; so its directory must be its owner's
// alone.
// Excludes: what is asked.

import { createConnection, createServer, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { statSync, unlinkSync } from 'node:fs';
import { PlumblineError } from './error.ts';

/** Whose channel it is; its errors' codes begin with it. */
type ChannelName = 'control' | 'mediator';

/**
 * Answers a line with what is to be written as JSON. What it throws is answered as `error`; a PlumblineError by its
 * code.
 */
type LineHandler = (line: string) => Promise<object>;

const LINE_LENGTH_MAX = 1 << 20;
/** Connections at a time; a further one is turned away. */
const CONNECTIONS_MAX = 64;
const ANSWER_MS_MAX = 10_000;
/** Of a socket's path, as the kernel has it: 108 bytes with the NUL. */
const SOCKET_PATH_BYTES_MAX = 107;

export interface Channel {
  close(): Promise<void>;
}

/**
 * Serves a channel until closed.
 * @throws {PlumblineError} `NAME-exposed` if others can get at the socket's directory, `NAME-unusable`
 */
export async function serveLines(name: ChannelName, path: string, handle: LineHandler): Promise<Channel> {
  checkPlace(name, path);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    // A client that goes away without an answer wanted none.
    socket.on('error', () => socket.destroy());
    onLine(socket, async (line) => socket.end(`${JSON.stringify(await answer(name, line, handle))}\n`));
  });
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new PlumblineError(`${name}-unusable`, `no ${name} socket can be made at ${path}`, { cause })),
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

/** Asks over a channel: the text of the answer. Rejects if there is none. */
export const askLine = (path: string, question: object): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = createConnection(path, () => socket.write(`${JSON.stringify(question)}\n`));
    socket.setTimeout(ANSWER_MS_MAX, () => socket.destroy(new Error('no answer')));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('no answer')));
    onLine(socket, (text) => {
      resolve(text);
      socket.end();
    });
  });

function checkPlace(name: ChannelName, path: string): void {
  if (Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX) {
    throw new PlumblineError(`${name}-unusable`, `${path} is too long for a socket's path`, {
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
    throw new PlumblineError(`${name}-exposed`, `${directory} is not a directory of yours alone`, {
      hint: `${stat === undefined ? 'mkdir -m' : 'chmod'} 700 ${directory}: others must not reach the socket`,
    });
  }
  // What a session that died left there; one that lives answers.
  if (statSync(path, { throwIfNoEntry: false })?.isSocket() === true) unlinkSync(path);
}

async function answer(name: ChannelName, line: string, handle: LineHandler): Promise<object> {
  try {
    return await handle(line);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { code = `${name}-refused`, hint } = error as Partial<PlumblineError>;
    return { error: { code, message: error.message, ...(hint === undefined ? {} : { hint }) } };
  }
}

/** Calls `use` with the first line that comes; a longer one than any question is cut off. */
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
