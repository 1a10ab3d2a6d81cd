// Owns: canonical names of paths (SPEC §4), found lexically, and the directories a relative one may start from.
// Excludes: symbolic links and what exists: a path named here is `resolved: false`.

/** The directories a command may run in; none is certain if there are several, and `undefined` is any at all. */
export type Directories = readonly string[] | undefined;

// More than this is rare, and each one repeats every file fact.
const DIRECTORIES_MAX = 8;

/** The canonical absolute path of `text` seen from `directory`. */
function normalise(directory: string, text: string): string {
  const segments: string[] = [];
  for (const segment of (text.startsWith('/') ? text : `${directory}/${text}`).split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return `/${segments.join('/')}`;
}

/** Every path that `text` may name, or `undefined` if that cannot be told. */
export function pathsOf(text: string, directories: Directories): readonly string[] | undefined {
  if (text === '' || text.includes('\0')) return undefined;
  if (text.startsWith('/')) return [normalise('/', text)];
  if (directories === undefined || directories.length === 0) return undefined;
  return [...new Set(directories.map((directory) => normalise(directory, text)))];
}

/** The directories of either way through the text. */
export function either(a: Directories, b: Directories): Directories {
  if (a === undefined || b === undefined) return undefined;
  const union = [...new Set([...a, ...b])];
  return union.length > DIRECTORIES_MAX ? undefined : union;
}

/** The last segment, `''` for the root. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Whether the text itself says that it means a directory. */
export function saysDirectory(text: string): boolean {
  return /(^|\/)\.{0,2}$/.test(text);
}
