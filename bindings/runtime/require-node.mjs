// Owns: stopping the project's own commands, in one line, where the Node that runs them cannot run unbuilt TypeScript.
// Trusts only `process.version`. Plain script without imports, so that versions refused here can still read it.

const needed = [22, 18];
const found = process.version.slice(1).split('.').map(Number);

if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  const cause = '"npm ci" normally installs a pinned one, but its install script seems not to have run';
  const hint = 'allow it with "npm rebuild --ignore-scripts=false node"';
  console.error(`plumbline needs Node ${needed.join('.')} or newer and found ${found.join('.')}: ${cause}; ${hint}`);
  process.exit(1);
}
