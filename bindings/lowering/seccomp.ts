// Owns: what a seccomp filter does with families of system calls under an authority. Which calls a family has is the adapter's to know.

import type { Entry } from '../authority/entry.ts';
import type { Scope } from '../authority/scope.ts';
import { isPorts } from './landlock.ts';
import type { Binding } from './lower.ts';

/** `kernel`: the rules beside it hold it; `notify`: each call is to be mediated; `deny`: the authority has nothing of it. */
export type Handling = 'kernel' | 'notify' | 'deny';

/** What no scope can grant. */
const DENIED = [
  'udp',
  'raw-socket',
  'netlink',
  'vsock',
  'io-uring',
  'ptrace',
  'namespaces',
  'mount',
  'bpf',
  'keyring',
  'kernel-module',
  'identity',
  'device-node',
  'clock',
  'reboot',
] as const;

export type SeccompFamilies = Record<
  | 'open'
  | 'exec'
  | 'path-modify'
  | 'metadata-modify'
  | 'connect'
  | 'bind-listen'
  | 'unix-socket'
  | (typeof DENIED)[number],
  Handling
>;

const always = (): boolean => true;

export function lowerSeccomp({ entries }: Scope, binding: Binding): SeccompFamilies {
  const { read, write, exec, connect, listen } = entries;
  const held = (list: readonly Entry[], isHeld: (entry: Entry) => boolean): Handling => {
    if (list.length === 0) return 'deny';
    return binding === 'exact' && list.every(isHeld) ? 'kernel' : 'notify';
  };
  const denied = Object.fromEntries(DENIED.map((family) => [family, 'deny'])) as Record<
    (typeof DENIED)[number],
    'deny'
  >;
  return {
    open: held([...read, ...write], always),
    exec: held(exec, ({ kind }) => kind !== 'program'),
    'path-modify': held(write, always),
    // No Landlock right covers modes, owners, times and attributes, nor unix sockets that have a path.
    'metadata-modify': write.length === 0 ? 'deny' : 'notify',
    connect: held(connect, isPorts),
    'bind-listen': held(listen, isPorts),
    'unix-socket': write.length === 0 ? 'deny' : 'notify',
    ...denied,
  };
}
