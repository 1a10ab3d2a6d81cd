// Owns: inotify_add_watch: decided as reading the object watched, and done with the object held on the thread's own
// instance.
// Trusts: nothing the thread can change after it was read.
// Excludes: reading the events, which names made and removed there.

import { NR } from '../../abi.ts';
import {
  CWD,
  decideOn,
  fileRequest,
  pathAt,
  typeOf,
  withObject,
  type Answer,
  type Call,
  type GuardedTree,
} from './handler.ts';

const IN_DONT_FOLLOW = 0x02000000;

export function addWatch(tree: GuardedTree, call: Call): Answer {
  const { kernel } = tree;
  const mask = call.ints[2]!;
  const instance = tree.tasks.grab(call.task, call.ints[0]!);
  if (instance < 0) return instance;
  try {
    const named = { directory: CWD, path: pathAt(tree, call, call.args[1]!) };
    return withObject(tree, call, named, { follow: (mask & IN_DONT_FOLLOW) === 0 }, (found) =>
      decideOn(
        tree,
        call,
        found,
        (path) => [fileRequest('read', path, typeOf(found.mode))],
        () => {
          const held = kernel.path(`/proc/self/fd/${found.fd}`);
          return kernel.sys.call(NR.inotify_add_watch, instance, held, mask & ~IN_DONT_FOLLOW);
        },
      ),
    );
  } finally {
    kernel.close(instance);
  }
}
