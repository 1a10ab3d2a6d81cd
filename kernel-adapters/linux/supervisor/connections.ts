// Owns: which connections the tree made, and cutting all that it has.
// Trusts: /proc for descriptors.
// Excludes: a socket that is in no process's table, such as one on its way between two: it is reported.

import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { AF, NR, SO } from '../abi.ts';
import type { Kernel } from './kernel.ts';
import type { Request } from './mediator.ts';

export interface Connection {
  pid: number;
  /** The request that the connection was decided by. */
  request: Request;
  /** The inode of the socket. */
  socket: string;
}

export interface Cut {
  cut: number;
  /** Still there, and held where this supervisor cannot reach them. */
  left: Connection[];
}

const SHUT_RDWR = 2;
const SOCKET = /^socket:\[(\d+)\]$/;
const KEPT_MAX = 65_536;
/** A descriptor may change hands while the tables are read. */
const PASSES = 2;

const orNothing = <T>(read: () => T[]): T[] => {
  try {
    return read();
  } catch {
    // The process is gone, or the kernel has no such table.
    return [];
  }
};

export class Connections {
  readonly #kernel: Kernel;
  readonly #made = new Map<string, Connection>();
  readonly #pids: () => readonly number[];

  /** `pids`: the processes of the tree. */
  constructor(kernel: Kernel, pids: () => readonly number[]) {
    this.#kernel = kernel;
    this.#pids = pids;
  }

  /** `fd`: a descriptor of ours for the socket. */
  add({ pid, request, fd }: { pid: number; request: Request; fd: number }): void {
    const name = this.#kernel.nameOf(fd);
    const socket = typeof name === 'string' ? SOCKET.exec(name)?.[1] : undefined;
    if (socket === undefined) return;
    if (this.#made.size >= KEPT_MAX) this.live();
    this.#made.set(socket, { pid, request, socket });
  }

  /** Connections that were made and still are. */
  live(): Connection[] {
    const sockets = new Set(
      ['tcp', 'tcp6'].flatMap((table) =>
        orNothing(() =>
          readFileSync(`/proc/self/net/${table}`, 'utf8')
            .split('\n')
            .slice(1)
            .map((line) => line.trim().split(/\s+/)[9] ?? ''),
        ),
      ),
    );
    for (const socket of this.#made.keys()) if (!sockets.has(socket)) this.#made.delete(socket);
    return [...this.#made.values()];
  }

  /** Shuts down every TCP socket that a process of the tree holds, whichever process connected it. */
  cut(): Cut {
    const done = new Set<string>();
    for (let pass = 0; pass < PASSES; pass++) for (const pid of this.#pids()) this.#cutOf(pid, done);
    return { cut: done.size, left: this.live().filter(({ socket }) => !done.has(socket)) };
  }

  #cutOf(pid: number, done: Set<string>): void {
    const { sys } = this.#kernel;
    const process = sys.call(NR.pidfd_open, pid, 0);
    if (process < 0) return;
    for (const fd of orNothing(() => readdirSync(`/proc/${pid}/fd`))) {
      const [link] = orNothing(() => [readlinkSync(`/proc/${pid}/fd/${fd}`)]);
      if (!SOCKET.test(link ?? '')) continue;
      const held = sys.call(NR.pidfd_getfd, process, Number(fd), 0);
      if (held < 0) continue;
      const family = this.#kernel.socketOption(held, SO.DOMAIN);
      const name = this.#kernel.nameOf(held);
      const socket = typeof name === 'string' ? SOCKET.exec(name)?.[1] : undefined;
      if ((family === AF.INET || family === AF.INET6) && socket !== undefined) {
        // Of a socket without a connection there is nothing to cut; it fails, and that is all.
        if (sys.call(NR.shutdown, held, SHUT_RDWR) === 0) done.add(socket);
      }
      this.#kernel.close(held);
    }
    this.#kernel.close(process);
  }
}
