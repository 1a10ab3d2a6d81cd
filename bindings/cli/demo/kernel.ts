// Owns: the steps of the demo's attack as real processes: bash under `plumb run`, and a server that it may reach.
// Trusts: `plumb run`, a process of its own, as people start it. Excludes: what the steps are.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server as TcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { POLICY, type AttackStep, type Outcome, type Scene } from './story.ts';
import { chainText } from '../grant-file.ts';

/** No process can be held here, or what the story needs is not there. Nothing ran. */
export class UnguardedError extends Error {}

/** `plumb run` exits with these where it could not run the command. */
const REFUSALS = [125, 126, 127];

/** A line per step: empty if it was done, or else what the process said last of why not. */
const SCRIPT = `host=$1 port=$2
shift 2
exec 3>/dev/null
for step; do
  if said=$( { eval "$step"; } 2>&1 >&3); then echo; else echo "\${said##*$'\\n'}"; fi
done`;

/** Carries the steps out in one process. @throws {UnguardedError} */
export async function onKernel(steps: readonly AttackStep[], scene: Scene): Promise<Outcome[]> {
  const { project, host, port, log, keys, chain, trust } = scene;
  const [grant, issuers] = [`${log}.grants`, `${log}.trust`];
  writeFileSync(grant, chainText(chain));
  writeFileSync(issuers, JSON.stringify(trust));
  // Unbuilt, this file and the command are .ts; built, both are .js.
  const plumb = fileURLToPath(import.meta.url.replace(/demo\/kernel\.(\w+)$/, 'main.$1'));
  const run = ['run', '--grant', grant, '--trust', issuers, '--policy', POLICY, '--log', log, '--keys', keys];
  const command = ['bash', '-c', SCRIPT, 'agent', host, String(port), ...steps.map((step) => step.command)];
  const child = spawn(process.execPath, [plumb, ...run, '--', ...command], {
    cwd: project,
    // What the processes say is read here, and shown.
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [said, errors, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (REFUSALS.includes(status as number)) throw new UnguardedError(errors.split('\n', 1)[0]);
  const answers = said.split('\n').slice(0, -1);
  if (status !== 0 || answers.length !== steps.length) throw new Error(`plumb run ended with ${status}: ${errors}`);
  return steps.map((step, index) => {
    const answer = answers[index]!;
    return { said: step.said, isDone: answer === '', answer: answer === '' ? 'done' : answer };
  });
}

export interface Received {
  connections: number;
  bytes: number;
}

/** Takes whatever is sent to it, and counts. */
export class Server {
  readonly port: number;
  readonly #server: TcpServer;
  #received: Received = { connections: 0, bytes: 0 };

  /** @throws {UnguardedError} */
  static async open(host: string): Promise<Server> {
    if (process.platform !== 'linux') throw new UnguardedError(`${process.platform} is not Linux`);
    const server = createServer();
    server.listen(0, host);
    await once(server, 'listening').catch((error: Error) => {
      throw new UnguardedError(`there can be no server: ${error.message}`, { cause: error });
    });
    return new Server(server);
  }

  private constructor(server: TcpServer) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket) => {
      this.#received.connections++;
      socket.on('data', ({ length }) => (this.#received.bytes += length));
      socket.on('error', () => undefined);
    });
  }

  /**
   * What came since the last time. Connections are accepted in their order, so that one of our own tells that all of
   * before are.
   */
  async take(): Promise<Received> {
    const { port, address } = this.#server.address() as AddressInfo;
    const last = connect(port, address);
    last.end();
    last.resume();
    await once(last, 'close');
    const { connections, bytes } = this.#received;
    this.#received = { connections: 0, bytes: 0 };
    return { connections: connections - 1, bytes };
  }

  close(): void {
    this.#server.close();
  }
}
