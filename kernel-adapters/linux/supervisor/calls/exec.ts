// Owns: execve and execveat: decided on the file and the interpreters it leads to; the kernel then does it from the
// thread's memory, and images.ts checks afterwards that what it executed is what was decided on.
// Trusts: nothing the thread can change after it was read.
// Excludes: what a program does when it runs.

import { AT, E, S } from '../../abi.ts';
import type { Contents } from '../contents.ts';
import type { Images } from '../images.ts';
import type { Request } from '../mediator.ts';
import type { Found } from '../resolve.ts';
import {
  CWD,
  decide,
  isWithinReach,
  pathAt,
  withObject,
  type Answer,
  type Call,
  type GuardedTree,
  type Handler,
  type Named,
} from './handler.ts';

/** How much of a script the kernel looks at. */
const HEAD_BYTES = 256;
/** How many interpreters in a row the kernel takes. */
const INTERPRETERS_MAX = 5;

export const execve =
  (images: Images, contents: Contents): Handler =>
  (tree, call) =>
    execute(tree, call, { images, contents }, { directory: CWD, path: pathAt(tree, call, call.args[0]!) }, true);

export const execveAt =
  (images: Images, contents: Contents): Handler =>
  (tree, call) => {
    const flags = call.ints[4]!;
    // What a descriptor alone leads to cannot be told from what was decided on.
    if ((flags & AT.EMPTY_PATH) !== 0) return -E.ACCES;
    if ((flags & ~AT.SYMLINK_NOFOLLOW) !== 0) return -E.INVAL;
    const named = { directory: call.ints[0]!, path: pathAt(tree, call, call.args[1]!) };
    return execute(tree, call, { images, contents }, named, flags === 0);
  };

function execute(
  tree: GuardedTree,
  call: Call,
  { images, contents }: { images: Images; contents: Contents },
  named: Named,
  follow: boolean,
): Answer {
  const requests: Request[] = [];
  let program = programAt(tree, call, contents, named, follow);
  for (let depth = 0; ; depth++) {
    if (typeof program === 'number') return program;
    const { inode, interpreter } = program;
    requests.push(execRequest(program));
    if (interpreter === undefined)
      return decide(tree, call, requests, () => (images.expect(call.task, inode) ? 'go' : -E.ACCES));
    if (depth === INTERPRETERS_MAX) return -E.LOOP;
    program = programAt(tree, call, contents, { directory: CWD, path: interpreter }, true);
  }
}

interface Program {
  path: string;
  inode: string;
  content: string | undefined;
  interpreter: string | undefined;
}

/** The program that a path leads to; a negated errno if it cannot be executed. */
const programAt = (
  tree: GuardedTree,
  call: Call,
  contents: Contents,
  named: Named,
  follow: boolean,
): Program | number =>
  withObject<Program | number>(tree, call, named, { follow }, (found) => programIn(tree, call, contents, found));

function programIn(tree: GuardedTree, call: Call, contents: Contents, found: Found): Program | number {
  const { kernel } = tree;
  // A file in memory, or deleted, is in no grant.
  if (!isWithinReach(tree, call, found)) return -E.ACCES;
  if ((found.mode & S.IFMT) === S.IFLNK) return -E.LOOP;
  if ((found.mode & S.IFMT) !== S.IFREG || (found.mode & 0o111) === 0) return -E.ACCES;
  const head = kernel.head(AT.FDCWD, `/proc/self/fd/${found.fd}`, HEAD_BYTES);
  // A file that cannot be read may be a script, and lead to any interpreter.
  if (typeof head === 'number') return head;
  const interpreter = interpreterIn(head);
  if (typeof interpreter === 'number') return interpreter;
  const inode = kernel.inodeOf(found.fd);
  if (inode === undefined) return -E.ACCES;
  const content = contents.of(found.fd);
  return typeof content === 'number' ? content : { path: found.path, inode, content, interpreter };
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
