// Owns: which variables decide nothing, so that setting them leaves every command what it is.
// Excludes: what a variable does inside a program that the text does not name.

// In the environment they choose a language, a colour or how output is buffered.
const HARMLESS = new Set(
  (
    'LANG LANGUAGE LC_ALL LC_COLLATE LC_CTYPE LC_MESSAGES LC_NUMERIC LC_TIME TZ TERM COLUMNS LINES NO_COLOR FORCE_COLOR ' +
    'CLICOLOR CI PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE PYTHONHASHSEED PIP_NO_INPUT PIP_DISABLE_PIP_VERSION_CHECK'
  ).split(' '),
);

/** Whether a variable of the environment may change what runs, what is read or what is reached. A `/` names a file. */
export function changesWhatRuns(name: string, value: string | undefined): boolean {
  return !HARMLESS.has(name) || value === undefined || value.includes('/');
}

/**
 * Whether a variable set in the shell alone may. It does if the environment has it already, and POSIX (XBD 8.1) leaves
 * names in lower case to applications' own use; the exceptions are bash's and those of proxies and npm.
 */
export function decidesInShell(name: string, value?: string): boolean {
  if (!changesWhatRuns(name, value)) return false;
  return !/^[a-z_]\w*$/.test(name) || /_proxy$|^(npm_|_$|auto_resume$|histchars$)/i.test(name);
}
