// Owns: inotify_add_watch: decided as reading what is watched, and done with the object held on the thread's own instance.
// Trusts: nothing the thread can change after it was read.

import { NR } from '../abi.ts';
import { CWD, fileRequest, typeOf, type Answer, type Call, type Tools } from './tools.ts';

const IN_DONT_FOLLOW = 0x02000000;

export function addWatch(tools: Tools, call: Call): Answer {
  const { kernel } = tools;
  const mask = call.ints[2]!;
  const instance = tools.tasks.grab(call.task, call.ints[0]!);
  if (instance < 0) return instance;
  try {
    return tools.withObject(call, CWD, call.args[1]!, { follow: (mask & IN_DONT_FOLLOW) === 0 }, (found) =>
      tools.decided(call, [fileRequest('read', found.path, typeOf(found.mode))], () =>
        kernel.sys.call(
          NR.inotify_add_watch,
          instance,
          kernel.path(`/proc/self/fd/${found.fd}`),
          mask & ~IN_DONT_FOLLOW,
        ),
      ),
    );
  } finally {
    kernel.close(instance);
  }
}
