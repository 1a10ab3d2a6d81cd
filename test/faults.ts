// Owns: twenty faults, planted one at a time in a copy of the tree, each of which a test of the first ring must show.
// Call: node test/faults.ts [NUMBER...]. Needs git and the dependencies of this tree. Excludes: the tests themselves.

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Fault {
  file: string;
  /** Stands in the file once. */
  from: string;
  to: string;
  /** The test file that must go red. */
  test: string;
}

const FAULTS: readonly Fault[] = [
  // The core.
  {
    file: 'engine/assembly/decide/lift.ts',
    from: 'hardError = true;',
    to: 'hardError = false;',
    test: 'test/differential/fail-open.test.ts',
  },
  {
    file: 'engine/assembly/decide/lift.ts',
    from: 'soft = max(soft, forbidVerdict(policy));',
    to: 'soft = forbidVerdict(policy);',
    test: 'test/differential/strict.test.ts',
  },
  {
    file: 'engine/assembly/state/state.ts',
    from: 'mergeBits(STICKY, bits);',
    to: '',
    test: 'test/differential/strict.test.ts',
  },
  // The compiler.
  {
    file: 'engine/compiler/lower.ts',
    from: "'>': ['LE', 'NOT'],",
    to: "'>': ['LT', 'NOT'],",
    test: 'test/compiler/program.test.ts',
  },
  // Session, recorder, redaction.
  {
    file: 'bindings/session.ts',
    from: 'this.#timeMs = Math.max(this.#timeMs, now);',
    to: 'this.#timeMs = now;',
    test: 'test/bindings/session.test.ts',
  },
  {
    file: 'bindings/pending-approvals.ts',
    from: "if (verdict !== 'approve') return;",
    to: "if (verdict === 'approve') return;",
    test: 'test/authority/steps.test.ts',
  },
  {
    file: 'bindings/log/redaction.ts',
    from: "digest: createHash('sha256').update(salt).update(exact).digest(),",
    to: "digest: createHash('sha256').update(exact).digest(),",
    test: 'test/bindings/redaction.test.ts',
  },
  // Authority.
  {
    file: 'bindings/authority/containment.ts',
    from: 'if (nearness(outer, inner) < outer.trail.length) return false;',
    to: 'if (nearness(outer, inner) < outer.trail.length - 1) return false;',
    test: 'test/authority/containment.test.ts',
  },
  // The verifier.
  {
    file: 'verifier/log/chain.ts',
    from: "if (end.closed) return ['nothing after the close record', 'a record'];",
    to: '',
    test: 'test/verifier/vectors.test.ts',
  },
  {
    file: 'verifier/log/chain.ts',
    from: 'if (epoch !== running || kid !== running)',
    to: 'if (epoch !== running)',
    test: 'test/verifier/vectors.test.ts',
  },
  {
    file: 'verifier/log/tree.ts',
    from: 'const NODE_PREFIX = Uint8Array.of(1);',
    to: 'const NODE_PREFIX = Uint8Array.of(0);',
    test: 'test/verifier/tree.test.ts',
  },
  {
    file: 'verifier/grants/grant-chain.ts',
    from: 'if (grant.expiresS * 1000 <= nowMs)',
    to: 'if (grant.expiresS * 1000 < nowMs)',
    test: 'test/verifier/grant-vectors.test.ts',
  },
  // Mediation by the kernel.
  {
    file: 'kernel-adapters/linux/argument-rules.ts',
    from: '{ arg: 1, mask: SOCK.TYPE_MASK, in: [SOCK.STREAM] },',
    to: '{ arg: 1, mask: SOCK.TYPE_MASK, in: [SOCK.STREAM, SOCK.DGRAM] },',
    test: 'test/kernel/filter.test.ts',
  },
  {
    file: 'kernel-adapters/linux/syscalls.ts',
    from: "ptrace: refused('reads and steers other processes'),",
    to: "ptrace: absent('reads and steers other processes'),",
    test: 'test/kernel/filter.test.ts',
  },
  {
    file: 'kernel-adapters/linux/supervisor/protection.ts',
    from: "for (const prefix of this.#closed) if (isWithin(path, prefix)) return this.#refuse('protected', path);",
    to: '',
    test: 'test/kernel/attacks.test.ts',
  },
  {
    file: 'kernel-adapters/linux/supervisor/protection.ts',
    from: "return this.#closed.some((prefix) => isWithin(prefix, path)) && this.#refuse('protected', path);",
    to: 'return false;',
    test: 'test/kernel/supervisor.units.test.ts',
  },
  // Lowering, shell text, documents, the command line, the package.
  {
    file: 'bindings/lowering/landlock.ts',
    from: "exec: ['execute'],",
    to: "exec: ['execute', 'read-file'],",
    test: 'test/lowering/lowering.test.ts',
  },
  {
    file: 'kernel-adapters/shell/programs/changing.ts',
    from: 'const sources = target ? line.operands : line.operands.slice(0, -1);',
    to: 'const sources = line.operands.slice(0, 1);',
    test: 'test/shell/facts.test.ts',
  },
  {
    file: 'bindings/run/authority.ts',
    from: '`Run ${command[0]}`',
    to: "`Run ${command.join(' ')}`",
    test: 'test/kernel/run-scope.test.ts',
  },
  {
    file: 'bindings/presets/coding-agent/policy.cedar',
    from: 'resource in Dir::"/boot" ||',
    to: '',
    test: 'test/trusted.test.ts',
  },
];

const root = fileURLToPath(new URL('..', import.meta.url));
const copy = join(mkdtempSync(join(tmpdir(), 'plumbline-faults-')), 'tree');
const run = (command: string, ...args: string[]): { status: number | null; text: string } => {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: copy, encoding: 'utf8' });
  return { status, text: stdout + stderr };
};
const must = (command: string, ...args: string[]): void => {
  const { status, text } = run(command, ...args);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed\n${text}`);
};

/** The copy has what git has, and the dependencies and the data of third parties of this tree. */
function makeCopy(): void {
  mkdirSync(copy);
  // An ordinary user runs what is built there.
  chmodSync(join(copy, '..'), 0o755);
  must('git', 'clone', '--quiet', root, '.');
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  symlinkSync(join(root, '..', 'shared'), join(copy, '..', 'shared'));
  must('npm', 'run', '-s', 'build:engine');
}

/** Whether the tests pass, and the line in which vitest counts them. */
function outcome(...files: string[]): { passes: boolean; line: string; text: string } {
  const { status, text } = run('npx', 'vitest', 'run', '--project', 'first', ...files);
  const line = /^\d+ passed, \d+ failed$/m.exec(text)?.[0] ?? 'no test ran';
  return { passes: status === 0, line, text };
}

const faultAt = ({ file, from }: Fault): number => readFileSync(join(copy, file), 'utf8').split(from).length - 1;

/** What the tests say of a fault. The core is built with it, as if its digest had been recorded. */
function plant(fault: Fault): { passes: boolean; line: string } {
  const path = join(copy, fault.file);
  const text = readFileSync(path, 'utf8');
  const isCore = fault.file.startsWith('engine/assembly/');
  try {
    writeFileSync(
      path,
      text.replace(fault.from, () => fault.to),
    );
    if (isCore) must('node', 'engine/build.ts', '--record');
    return outcome(fault.test);
  } finally {
    writeFileSync(path, text);
    if (isCore) must('node', 'engine/build.ts', '--record');
  }
}

const chosen = process.argv.length > 2 ? process.argv.slice(2).map((number) => FAULTS[Number(number) - 1]!) : FAULTS;
try {
  makeCopy();
  const stale = chosen.filter((fault) => faultAt(fault) !== 1).map(({ file, from }) => `${file}: ${from}`);
  if (stale.length > 0) throw new Error(`not there once, so not to be planted:\n${stale.join('\n')}`);
  const sound = outcome(...new Set(chosen.map(({ test }) => test)));
  console.log(`without a fault: ${sound.line}`);
  if (!sound.passes) throw new Error(`the tests fail without a fault\n${sound.text}`);
  let shown = 0;
  for (const fault of chosen) {
    const { passes, line } = plant(fault);
    if (!passes && / [1-9]\d* failed$/.test(line)) shown++;
    console.log(`${passes ? 'NOT SHOWN' : 'red'}: ${fault.file}: ${fault.from} → ${fault.test}: ${line}`);
  }
  console.log(`${shown} of ${chosen.length} faults shown`);
  if (shown < chosen.length) process.exitCode = 1;
} finally {
  rmSync(join(copy, '..'), { recursive: true, force: true });
}
