// Owns: execve and execveat: decided on the file and the interpreters it leads to; the kernel then does it from the thread's
// memory, and before the next effect of the process its image must be one that was decided on.
// Trusts: /proc/PID/exe. Excludes: what an image does before its first mediated call; the floor limits which images there are.

import { AT, E, NR, S, SIG } from '../abi.ts';
import type { Contents } from './contents.ts';
import type { Request } from './mediate.ts';
import type { Process, Task } from './tasks.ts';
import { CWD, type Answer, type Call, type Tools } from './tools.ts';
import type { Kernel } from './kernel.ts';

/** How much of a script the kernel looks at. */
const HEAD_BYTES = 256;
/** How many interpreters in a row the kernel takes. */
const INTERPRETERS_MAX = 5;

export class Images {
  readonly #kernel: Kernel;
  /** Images that were decided on. */
  readonly #decided = new Set<string>();
  /** The image of the first process, before it executes what it is to. */
  #launcher: string | undefined;
  #started = false;
  readonly #killed: (pid: number) => void;

  constructor(kernel: Kernel, killed: (pid: number) => void) {
    this.#kernel = kernel;
    this.#killed = killed;
  }

  #imageOf(process: Process): string | undefined {
    return this.#kernel.inodeAt(`/proc/${process.pid}/exe`);
  }

  #kill(process: Process): void {
    this.#kernel.sys.call(NR.pidfd_send_signal, process.fd, SIG.KILL, 0, 0);
    this.#killed(process.pid);
  }

  /** Whether a process that is seen for the first time runs an image that was decided on. The first of all is the launcher. */
  admits(process: Process): boolean {
    const image = this.#imageOf(process);
    if (!this.#started) this.#launcher = image;
    this.#started = true;
    if (image !== undefined && (this.#decided.has(image) || image === this.#launcher)) return true;
    this.#kill(process);
    return false;
  }

  /** Whether the process may go on: what it executes is what was decided on. */
  check({ tid, process }: Task): boolean {
    if (process.executing.size === 0) return true;
    const image = this.#imageOf(process);
    const expected = [...process.executing.values()];
    if (image !== undefined && expected.some(({ from, to }) => image === to && to !== from)) {
      // It happened, and ended all other threads.
      process.executing.clear();
      this.#launcher = undefined;
      return true;
    }
    if (image !== undefined && expected.some(({ from }) => image === from)) {
      // This thread's own failed, or led to the same image. Those of others may still happen.
      process.executing.delete(tid);
      return true;
    }
    this.#kill(process);
    return false;
  }

  expect({ tid, process }: Task, to: string): boolean {
    const from = this.#imageOf(process);
    if (from === undefined) return false;
    this.#decided.add(to);
    process.executing.set(tid, { from, to });
    return true;
  }
}

export const execve =
  (images: Images, contents: Contents) =>
  (tools: Tools, call: Call): Answer =>
    execute(tools, call, { images, contents }, CWD, call.args[0]!, true);

export const execveAt =
  (images: Images, contents: Contents) =>
  (tools: Tools, call: Call): Answer => {
    const flags = call.ints[4]!;
    // What a descriptor alone leads to cannot be told from what was decided on.
    if ((flags & AT.EMPTY_PATH) !== 0) return -E.ACCES;
    if ((flags & ~AT.SYMLINK_NOFOLLOW) !== 0) return -E.INVAL;
    return execute(tools, call, { images, contents }, call.ints[0]!, call.args[1]!, flags === 0);
  };

function execute(
  tools: Tools,
  call: Call,
  { images, contents }: { images: Images; contents: Contents },
  directory: number,
  address: number,
  follow: boolean,
): Answer {
  const path = tools.path(call, address);
  if (typeof path === 'number') return path;
  const requests: Request[] = [];
  let last: string | undefined;
  let next: string | undefined = path;
  for (let depth = 0; next !== undefined; depth++) {
    if (depth > INTERPRETERS_MAX) return -E.LOOP;
    const program = look(tools, call, contents, depth === 0 ? directory : CWD, next, depth > 0 || follow);
    if (typeof program === 'number') return program;
    requests.push(execRequest(program));
    last = program.inode;
    next = program.interpreter;
  }
  return tools.decided(call, requests, () => (images.expect(call.task, last!) ? 'go' : -E.ACCES));
}

interface Program {
  path: string;
  inode: string;
  content: string | undefined;
  interpreter: string | undefined;
}

function look(
  tools: Tools,
  call: Call,
  contents: Contents,
  directory: number,
  path: string,
  follow: boolean,
): Program | number {
  const { kernel } = tools;
  const found = tools.resolver.object(call.task, directory, path, { follow });
  if (typeof found === 'number') return found;
  try {
    // A file in memory, or deleted, is in no grant.
    if (!tools.isOpen(found, call)) return -E.ACCES;
    if ((found.mode & S.IFMT) === S.IFLNK) return -E.LOOP;
    if ((found.mode & S.IFMT) !== S.IFREG || (found.mode & 0o111) === 0) return -E.ACCES;
    const head = kernel.head(AT.FDCWD, `/proc/self/fd/${found.fd}`, HEAD_BYTES);
    // Nobody can tell what a file that cannot be read leads to.
    if (typeof head === 'number') return head;
    const interpreter = interpreterIn(head);
    if (typeof interpreter === 'number') return interpreter;
    const inode = kernel.inodeOf(found.fd);
    if (inode === undefined) return -E.ACCES;
    const content = contents.of(found.fd);
    return typeof content === 'number' ? content : { path: found.path, inode, content, interpreter };
  } finally {
    kernel.close(found.fd);
  }
}

/** The path after `#!`, as the kernel reads it; `undefined` for what is no script. */
export function interpreterIn(head: Buffer): string | undefined | number {
  if (head[0] !== 0x23 || head[1] !== 0x21) return undefined;
  const end = head.indexOf(0x0a);
  const line = head.subarray(2, end < 0 ? head.length : end);
  const found = /^[ \t]*([^ \t\0]+)([ \t\0]|$)/.exec(line.toString('latin1'));
  if (!found) return -E.NOEXEC;
  const cut = end < 0 && head.length >= HEAD_BYTES && found[2] === '';
  const bytes = Buffer.from(found[1]!, 'latin1');
  const text = bytes.toString();
  // A path that is cut off is refused by the kernel too.
  return cut || !Buffer.from(text).equals(bytes) ? -E.NOEXEC : text;
}

const execRequest = ({ path, content }: Program): Request => ({
  action: 'process.exec',
  resource: { type: 'File', id: path },
  context: {
    resolved: true,
    dynamic: false,
    program: path.slice(path.lastIndexOf('/') + 1),
    ...(content !== undefined && { content }),
  },
});
