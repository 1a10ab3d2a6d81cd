// Owns: a session in a process of its own, for what one process cannot show: `node session-process.ts MODE DIRECTORY`.
// `hold` opens a log, starts a child and stays; `write` writes a small log; `fill` writes until the disk is full.

import { spawn } from 'node:child_process';
import { hostRuntime } from '../../bindings/runtime/index.ts';
import { openSession } from '../../bindings/session.ts';
import { PlumblineError } from '../../bindings/error.ts';
import { options, repeatable, request } from './setting.ts';

const [mode, directory] = process.argv.slice(2);
const say = (what: object): void => console.log(JSON.stringify(what));

try {
  const session = openSession(options(repeatable(await hostRuntime()), directory!));
  if (mode === 'hold') {
    // Should the child inherit the lock, it would outlive its holder.
    const child = spawn('sleep', ['30'], { stdio: 'ignore' });
    say({ child: child.pid });
    setInterval(() => {}, 1000);
  } else if (mode === 'write') {
    for (let turn = 0; turn < 5; turn++) await session.mediate(request);
    await session.close('done');
  } else {
    let decision = await session.mediate(request);
    for (let turn = 0; turn < 100_000 && decision.verdict === 'allow'; turn++) {
      say({ verdict: decision.verdict, seq: decision.seq });
      decision = await session.mediate({ ...request, context: { secret: `${turn}`.padEnd(1000, 'x') } });
    }
    const { verdict, code, failure } = decision;
    say({ verdict, code, failure, cause: (failure?.cause as NodeJS.ErrnoException)?.code });
    const after = await session.mediate(request);
    say({ verdict: after.verdict, code: after.code });
    const sealed = await session.close('full').then(
      () => true,
      () => false,
    );
    say({ sealed });
  }
} catch (error) {
  if (!(error instanceof PlumblineError)) throw error;
  say({ error, cause: (error.cause as NodeJS.ErrnoException)?.code });
}
