// Owns: connect, bind, listen: decided on a copy of the address, and done with that copy on the thread's own socket.
// Trusts: nothing the thread can change after it was read.
// Excludes: the peer's view: its SO_PEERCRED names the supervisor's process.

import { AF, E, F, IPPROTO, NR, O, POLL, SO, SOCK, S, sockaddr } from '../../abi.ts';
import type { Connections } from '../connections.ts';
import { definite, endpointOf, netRequest } from './endpoint.ts';
import type { Found } from '../resolve.ts';
import {
  bytesAt,
  CWD,
  decide,
  fileRequest,
  isWithinReach,
  underUmask,
  withObject,
  withPlace,
  type Answer,
  type Call,
  type GuardedTree,
  type Handler,
  type Wait,
} from './handler.ts';

const ADDRESS_BYTES_MAX = 128;

/** A socket of the thread, held in this process while `use` runs, or until its wait is over. */
function withSocket(tree: GuardedTree, call: Call, use: (fd: number, family: number) => Answer): Answer {
  const { kernel } = tree;
  const fd = tree.tasks.grab(call.task, call.ints[0]!);
  if (fd < 0) return fd;
  let kept = false;
  try {
    const family = kernel.socketOption(fd, SO.DOMAIN);
    if (family < 0) return family;
    const type = kernel.socketOption(fd, SO.TYPE);
    const inet = family === AF.INET || family === AF.INET6;
    // The filter lets the tree make no others, so another was handed in from outside.
    const known = inet
      ? type === SOCK.STREAM && kernel.socketOption(fd, SO.PROTOCOL) === IPPROTO.TCP
      : family === AF.UNIX && (type === SOCK.STREAM || type === SOCK.SEQPACKET);
    const answer = known ? use(fd, family) : -E.ACCES;
    kept = typeof answer === 'object' && 'wait' in answer;
    return answer;
  } finally {
    if (!kept) kernel.close(fd);
  }
}

function addressOf(tree: GuardedTree, call: Call): Buffer | number {
  const length = call.ints[2]!;
  if (length < 0 || length > ADDRESS_BYTES_MAX) return -E.INVAL;
  return bytesAt(tree, call, call.args[1]!, length);
}

export const connect =
  (connections: Connections): Handler =>
  (tree, call) => {
    const given = addressOf(tree, call);
    if (typeof given === 'number') return given;
    if (given.length < 2) return -E.INVAL;
    return withSocket(tree, call, (fd, family) => {
      const { kernel } = tree;
      const named = given.readUInt16LE(sockaddr.family);
      // Dissolves a connection.
      if (named === AF.UNSPEC && family !== AF.UNIX) return kernel.addressed(NR.connect, fd, given);
      if (family === AF.UNIX) return named === AF.UNIX ? connectUnix(tree, call, fd, given) : -E.INVAL;
      const address = definite(given);
      const endpoint = endpointOf(address);
      if (endpoint === undefined) return named === family ? -E.INVAL : -E.AFNOSUPPORT;
      const request = netRequest('connect', endpoint);
      return decide(tree, call, [request], () => {
        const connected = (): void => connections.add({ pid: call.task.process.pid, request, fd });
        return attempt(tree, call, fd, address, connected);
      });
    });
  };

/** Connects without stopping this thread: a socket that blocks is polled instead, and its caller waits. */
function attempt(tree: GuardedTree, call: Call, fd: number, address: Uint8Array, connected: () => void): Answer {
  const { kernel } = tree;
  const flags = kernel.sys.call(NR.fcntl, fd, F.GETFL);
  // Shared with the thread, for as long as one call takes.
  const once = (): number => {
    if ((flags & O.NONBLOCK) === 0) kernel.sys.call(NR.fcntl, fd, F.SETFL, flags | O.NONBLOCK);
    const result = kernel.addressed(NR.connect, fd, address);
    if ((flags & O.NONBLOCK) === 0) kernel.sys.call(NR.fcntl, fd, F.SETFL, flags);
    return result;
  };
  const first = once();
  if (first === 0 || first === -E.INPROGRESS) connected();
  const waits = first === -E.INPROGRESS || first === -E.ALREADY || first === -E.AGAIN;
  if (!waits || (flags & O.NONBLOCK) !== 0) return first;
  // A unix socket whose peer is busy says so only when asked again.
  const full = first === -E.AGAIN;
  const wait: Wait = {
    fd: full ? -1 : fd,
    events: full ? 0 : POLL.OUT,
    again() {
      if (!full && kernel.polled(fd, POLL.OUT) === 0) return undefined;
      const result = once();
      return [-E.INPROGRESS, -E.ALREADY, -E.AGAIN].includes(result) ? undefined : result;
    },
    drop: () => kernel.close(fd),
  };
  return { wait };
}

/** The path of a unix socket's address; `undefined` if it is abstract or none; a negated errno if it is too long or not
 * UTF-8. */
function pathIn(address: Buffer): string | number | undefined {
  if (address.length > sockaddr.un.size) return -E.INVAL;
  const bytes = address.subarray(sockaddr.un.path);
  if (bytes.length === 0 || bytes[0] === 0) return undefined;
  const end = bytes.indexOf(0);
  const path = bytes.subarray(0, end < 0 ? bytes.length : end);
  const text = path.toString();
  return Buffer.from(text).equals(path) ? text : -E.ACCES;
}

function unixAddress(path: string): Buffer {
  // The longest path has no room for its ending.
  const address = Buffer.alloc(Math.min(sockaddr.un.path + Buffer.byteLength(path) + 1, sockaddr.un.size));
  address.writeUInt16LE(AF.UNIX, sockaddr.family);
  address.write(path, sockaddr.un.path);
  return address;
}

function connectUnix(tree: GuardedTree, call: Call, fd: number, given: Buffer): Answer {
  if (given.length === sockaddr.un.path) return -E.INVAL;
  const path = pathIn(given);
  // Abstract names have no path that a grant could name.
  if (path === undefined) return -E.ACCES;
  if (typeof path === 'number') return path;
  return withObject<Answer>(tree, call, { directory: CWD, path }, { follow: true }, (found) => {
    const connecting = (): Answer => connectHeld(tree, call, fd, found);
    // The mediator decides and records what is asked of it. Only the supervisor's side can make a socket at this path.
    if (found.path !== undefined && found.path === tree.mediator) return connecting();
    if (!isWithinReach(tree, call, found)) return -E.ACCES;
    if ((found.mode & S.IFMT) !== S.IFSOCK) return -E.CONNREFUSED;
    return decide(tree, call, [fileRequest('write', found.path)], connecting);
  });
}

/** Connects to the object held, by a path of the supervisor; while it waits, by another descriptor of the object. */
function connectHeld(tree: GuardedTree, call: Call, fd: number, found: Found): Answer {
  const { kernel } = tree;
  const held = kernel.sys.call(NR.dup, found.fd);
  const answer = attempt(tree, call, fd, unixAddress(`/proc/self/fd/${held}`), () => undefined);
  if (typeof answer !== 'object' || !('wait' in answer)) {
    kernel.close(held);
    return answer;
  }
  const { wait } = answer;
  return {
    wait: {
      ...wait,
      drop() {
        wait.drop();
        kernel.close(held);
      },
    },
  };
}

export const bind = (tree: GuardedTree, call: Call): Answer => {
  const given = addressOf(tree, call);
  if (typeof given === 'number') return given;
  if (given.length < 2) return -E.INVAL;
  return withSocket(tree, call, (fd, family) => {
    const named = given.readUInt16LE(sockaddr.family);
    if (family === AF.UNIX) return named === AF.UNIX ? bindUnix(tree, call, fd, given) : -E.INVAL;
    const endpoint = endpointOf(given);
    if (endpoint === undefined) return named === family ? -E.INVAL : -E.AFNOSUPPORT;
    return decide(tree, call, [netRequest('listen', endpoint)], () => tree.kernel.addressed(NR.bind, fd, given));
  });
};

function bindUnix(tree: GuardedTree, call: Call, fd: number, given: Buffer): Answer {
  const path = pathIn(given);
  if (path === undefined) return -E.ACCES;
  if (typeof path === 'number') return path;
  const { kernel } = tree;
  return withPlace(tree, call, { directory: CWD, path }, -E.ADDRINUSE, (place) => {
    if (kernel.stat(place.fd, place.name) === 0) return -E.ADDRINUSE;
    return decide(tree, call, [fileRequest('create', place.path)], () => {
      // An address is too short for a path to the directory held and a long name; this thread's working directory is
      // its own.
      const failed = kernel.sys.call(NR.fchdir, place.fd);
      if (failed < 0) return failed;
      // Peers see the address as it was bound. The path decided on still leads here: only this thread changes names in
      // the tree.
      const name = path === place.path ? path : place.name;
      return underUmask(tree, call, () => kernel.addressed(NR.bind, fd, unixAddress(name)));
    });
  });
}

export const listen = (tree: GuardedTree, call: Call): Answer =>
  withSocket(tree, call, (fd, family) => {
    const { kernel } = tree;
    const act = (): number => kernel.sys.call(NR.listen, fd, call.ints[1]!);
    if (!tree.listener.isValid(call.id)) return -E.SRCH;
    // The name it is reached by was decided when it was bound.
    if (family === AF.UNIX) return act();
    let endpoint = endpointIn(kernel.socketName(fd));
    if (endpoint?.port === 0) {
      // The kernel would choose a port; it is chosen before, so that it can be named.
      const any = Buffer.alloc(family === AF.INET ? sockaddr.in.size : sockaddr.in6.size);
      any.writeUInt16LE(family, sockaddr.family);
      const failed = kernel.addressed(NR.bind, fd, any);
      if (failed < 0) return failed;
      endpoint = endpointIn(kernel.socketName(fd));
    }
    return endpoint === undefined ? -E.ACCES : decide(tree, call, [netRequest('listen', endpoint)], act);
  });

const endpointIn = (address: Buffer | number): ReturnType<typeof endpointOf> =>
  typeof address === 'number' ? undefined : endpointOf(address);
