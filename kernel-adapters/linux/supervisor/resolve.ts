// Owns: from what a guarded thread names to the object the kernel has there, held by a descriptor, and the object's one
// true path.
// Trusts: paths read back from the kernel for its own descriptors. Only this supervisor renames and links within the
// tree.
// Excludes: whether it may be touched.

import { AT, E, O, O_DIRECTORY, O_NOFOLLOW, RESOLVE, S } from '../abi.ts';
import type { Kernel } from './kernel.ts';
import type { Task } from './tasks.ts';

/** How many symbolic links one path may lead through, as in the kernel. */
const LINKS_MAX = 40;

/** A link of /proc that leads to an object rather than to a path. */
const MAGIC = /^\/proc\/(\d+)\/(?:task\/\d+\/)?(?:(cwd|root|exe)|fd\/(\d+)|(?:ns|map_files)\/.*)$/;

/** A path that may lead through /proc/self. A link elsewhere that does leads to nothing, unless this process has a
 * descriptor of that number. */
const OWN = /(?:^|\/)(?:self|thread-self|fd|stdin|stdout|stderr)(?:\/|$)/;

export interface Found {
  /** Held as a path only (O_PATH). The caller closes it. */
  fd: number;
  mode: number;
  /** `undefined`: no path leads to it, like a pipe, or a file deleted meanwhile. */
  path: string | undefined;
  /** The number of the thread's own descriptor that it was named by, if the last step was `/proc/self/fd/N`. */
  own?: number;
}

/** A name in a directory, whether or not it is taken. */
export interface Place {
  /** The directory, held as a path only. The caller closes it. */
  fd: number;
  /** The last part as it was given, slashes at its end included: the kernel has rules for them. */
  name: string;
  path: string;
}

export interface How {
  follow: boolean;
  /** Only directories will do. */
  directory?: boolean;
  /** Bits of openat2's `resolve`. */
  resolve?: number;
  /** An empty path is the descriptor itself. */
  empty?: boolean;
}

const kind = (mode: number): number => mode & S.IFMT;
export const isDirectory = (mode: number): boolean => kind(mode) === S.IFDIR;
export const isLink = (mode: number): boolean => kind(mode) === S.IFLNK;

export const inside = (directory: string, name: string): string =>
  directory === '/' ? `/${name}` : `${directory}/${name}`;

export class Resolver {
  readonly #kernel: Kernel;
  readonly #self: string;

  /** `pid`: this process, whose own /proc/self is not what a guarded thread means by it. */
  constructor(kernel: Kernel, pid: number) {
    this.#kernel = kernel;
    this.#self = `/proc/${pid}`;
  }

  /** Where a relative path starts. The caller closes it, unless it is AT_FDCWD. */
  base(task: Task, directory: number, path: string, resolve = 0): number {
    if (path.startsWith('/') && (resolve & RESOLVE.IN_ROOT) === 0) return AT.FDCWD;
    const place = directory === AT.FDCWD ? 'cwd' : `fd/${directory}`;
    const fd = this.#kernel.openat(AT.FDCWD, `/proc/${task.tid}/${place}`, O.PATH);
    return fd < 0 && directory !== AT.FDCWD ? -E.BADF : fd;
  }

  #release(base: number): void {
    if (base >= 0) this.#kernel.close(base);
  }

  object(task: Task, directory: number, path: string, how: How): Found | number {
    if (path === '' && !how.empty) return -E.NOENT;
    const base = this.base(task, directory, path, how.resolve);
    if (base < 0 && base !== AT.FDCWD) return base;
    if (path === '') return this.found(base);
    try {
      return this.objectFrom(task, base, path, how);
    } finally {
      this.#release(base);
    }
  }

  objectFrom(task: Task, base: number, path: string, { follow, directory = false, resolve = 0 }: How): Found | number {
    const flags = (follow ? 0 : O_NOFOLLOW) | (directory ? O_DIRECTORY : 0);
    const fd = this.#kernel.locate(base, path, flags, resolve);
    // A loop may be a link of /proc, which the kernel would follow as ours.
    if (fd === -E.LOOP && resolve === 0) return this.#walk(task, base, path, follow, directory);
    // ENOENT may mean that it was looked for among this process's own descriptors. Walking is dear, and few absent
    // names are like these.
    if (fd === -E.NOENT && resolve === 0 && OWN.test(path)) return this.#walk(task, base, path, follow, directory);
    if (fd < 0) return fd;
    const found = this.found(fd);
    if (typeof found === 'number' || resolve !== 0 || !this.#isOurs(found.path)) return found;
    this.#kernel.close(fd);
    return this.#walk(task, base, path, follow, directory);
  }

  #isOurs(path: string | undefined): boolean {
    return path !== undefined && (path === this.#self || path.startsWith(`${this.#self}/`));
  }

  /** The object of a descriptor of ours, which is taken over. */
  found(fd: number): Found | number {
    const failed = this.#kernel.stat(fd);
    const { mode, nlink } = this.#kernel.facts;
    const name = failed < 0 ? failed : this.#kernel.nameOf(fd);
    if (typeof name === 'number') {
      this.#kernel.close(fd);
      return name;
    }
    return { fd, mode, path: this.#isPath(name, fd, nlink) ? name : undefined };
  }

  #isPath(name: string, fd: number, nlink: number): boolean {
    if (!name.startsWith('/')) return false;
    // The kernel says so behind the path of what lost its name; a file may also be called that.
    if (!name.endsWith(' (deleted)')) return nlink > 0 || name.startsWith('/proc/');
    const again = this.#kernel.locate(AT.FDCWD, name, O_NOFOLLOW);
    if (again < 0) return false;
    const same = this.#kernel.inodeOf(again) === this.#kernel.inodeOf(fd);
    this.#kernel.close(again);
    return same;
  }

  /** Step by step, as the kernel would for the thread: /proc/self is its own, and of magic links only its own are
   * followed. */
  #walk(task: Task, base: number, path: string, follow: boolean, directory: boolean): Found | number {
    const kernel = this.#kernel;
    let at = path.startsWith('/') ? kernel.openat(AT.FDCWD, '/', O.PATH) : kernel.openat(base, '.', O.PATH);
    const steps = path.split('/');
    let links = 0;
    let own: number | undefined;
    const leave = (result: number): number => {
      if (at >= 0) kernel.close(at);
      return result;
    };
    const enter = (next: number): void => {
      leave(0);
      at = next;
    };
    while (steps.length > 0) {
      if (at < 0) return at;
      let step = steps.shift()!;
      if (step === '') continue;
      own = undefined;
      const directoryPath = kernel.nameOf(at);
      if (typeof directoryPath === 'number') return leave(directoryPath);
      if (directoryPath === '/proc' && (step === 'self' || step === 'thread-self')) {
        if (step === 'thread-self') steps.unshift('task', String(task.tid));
        step = String(task.process.pid);
      }
      const next = kernel.locate(at, step, O_NOFOLLOW);
      if (next < 0) return leave(next);
      const failed = kernel.stat(next);
      const last = steps.length === 0;
      if (failed < 0 || !isLink(kernel.facts.mode) || (last && !follow)) {
        enter(next);
        if (failed < 0) return leave(failed);
        continue;
      }
      const name = kernel.nameOf(next);
      const text = kernel.readlink(next, '');
      kernel.close(next);
      if (++links > LINKS_MAX) return leave(-E.LOOP);
      if (typeof name === 'number') return leave(name);
      const magic = MAGIC.exec(name);
      if (magic) {
        const [, pid, place, fd] = magic;
        if (Number(pid) !== task.process.pid || (place === undefined && fd === undefined)) return leave(-E.ACCES);
        enter(kernel.openat(at, step, O.PATH));
        if (fd !== undefined) own = Number(fd);
        continue;
      }
      if (typeof text === 'number') return leave(text);
      if (text.startsWith('/')) enter(kernel.openat(AT.FDCWD, '/', O.PATH));
      steps.unshift(...text.split('/'));
    }
    if (at < 0) return at;
    if (directory || path.endsWith('/')) {
      const failed = kernel.stat(at);
      if (failed < 0 || !isDirectory(kernel.facts.mode)) return leave(failed < 0 ? failed : -E.NOTDIR);
    }
    const found = this.found(at);
    return typeof found === 'number' || own === undefined ? found : { ...found, own };
  }

  /** The directory that holds the last part of a path, and that part. `dots`: the answer if it is `.`, `..` or the
   * root. */
  place(task: Task, directory: number, path: string, dots: number, resolve = 0): Place | number {
    if (path === '') return -E.NOENT;
    const base = this.base(task, directory, path, resolve);
    if (base < 0 && base !== AT.FDCWD) return base;
    try {
      return this.placeFrom(task, base, path, dots, resolve);
    } finally {
      this.#release(base);
    }
  }

  placeFrom(task: Task, base: number, path: string, dots: number, resolve = 0): Place | number {
    const [, before = '', name = ''] = /^((?:.*\/)?)([^/]+\/*)$/s.exec(path) ?? [];
    const last = name.replace(/\/+$/, '');
    if (last === '') return dots;
    const parent = this.objectFrom(task, base, before === '' ? '.' : before, {
      follow: true,
      directory: true,
      resolve,
    });
    if (typeof parent === 'number') return parent;
    if (last === '.' || last === '..' || parent.path === undefined) {
      this.#kernel.close(parent.fd);
      return parent.path === undefined ? -E.NOENT : dots;
    }
    return { fd: parent.fd, name, path: inside(parent.path, last) };
  }

  /** Whether descriptor `fd` of ours, taken from a thread, is the object found. */
  isSame(found: Found, fd: number): boolean {
    const inode = this.#kernel.inodeOf(fd);
    return inode !== undefined && inode === this.#kernel.inodeOf(found.fd);
  }
}
