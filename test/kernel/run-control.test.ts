// What people say to a run while it goes on, and what its decisions impose on it: by `plumb run`, as its users start
// it.

import { once } from 'node:events';
import { readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { directory, IDENTITIES } from './host.ts';
import { canLaunch, processesWith, until } from './launching/run-guarded.ts';
import { PLUMB, writePolicy } from './mediated.ts';
import { Place, SYSTEM, type Going } from './running.ts';

const parent = directory('run-control');
const TEXT = 'utf8';
const ASK = fileURLToPath(new URL('ask-mediator.ts', import.meta.url));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

const PERMIT = 'permit (principal, action, resource);\n';
/** Files called `asked` are written with approval only. */
const ASKING = `${PERMIT}@verdict("approve") forbid (principal, action == Action::"file.write", resource) when { context.name == "asked" };`;
const ANNOUNCED = /^plumb: .* waits for approval: plumb approve --control (\S+) ([0-9a-f]{64})$/gm;

/** What a run has announced so far: where and what to approve. */
const announced = ({ said }: Going): { control: string; digest: string }[] =>
  [...said.stderr.matchAll(ANNOUNCED)].map(([, control, digest]) => ({ control: control!, digest: digest! }));

const file = (action: string, id: string): object => ({
  action,
  resource: { type: 'File', id },
  context: { resolved: true },
});
const EXEC = {
  action: 'process.exec',
  resource: { type: 'File', id: realpathSync('/bin/bash') },
  context: { resolved: true, dynamic: false, program: 'bash' },
};

/** A call that says of its target where it was stated. */
const sending = (target: string, origin: string): object => ({
  action: 'mcp.call',
  resource: { type: 'Tool', id: 'mail/send' },
  context: {
    dynamic: false,
    effect: 'changes',
    arguments: '0'.repeat(64),
    target,
    targetKind: 'recipient',
    origin,
  },
});

/** What is said to the mediator's socket. */
const says = (requests: readonly object[], statement?: string): string =>
  JSON.stringify({ requests, ...(statement === undefined ? {} : { statement }) });
/** A command that says each of `lines` to it, and writes the answers. */
const ask = (...lines: string[]): string => [process.execPath, ASK, ...lines].map((word) => `'${word}'`).join(' ');
const answers = ({ said }: Going): unknown[] =>
  said.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);

let places = 0;

const scope = (at: Place): string[] => [...SYSTEM, '--write', at.work];

/** In the shell, and in a child of a child of it. */
const both = (command: string): string => `${command} && echo self; (${command} && echo child)`;

/** A call that runs bash, and writes `names`. */
const call = (here: Place, ...names: string[]): string =>
  says([EXEC, ...names.map((name) => file('file.write', join(here.work, name)))], 'Write');

const tries = (...names: string[]): string =>
  names.map((name) => `{ echo x >> ${name} && echo "$1 wrote ${name}"; }`).join('; ');

/** A shell that reads the file that the policy is about tries before and after; another goes on as it was. */
const around = (command: string): string =>
  `exec 2> /dev/null; cd "$0"; (${both(command)}; exec 3< marked && echo marked; ${both(command)}); ${both(command)}; :`;

describe.skipIf(!canLaunch).each(IDENTITIES)(
  'as %s, a run (needs Linux 6.12 with Landlock, outside of any seccomp filter)',
  (who, identity) => {
    const place = (): Place => new Place(join(parent, `${who}-${++places}`), identity);

    /** A place with a policy, and what puts a run under it. */
    const under = (text: string): { at: Place; options: string[] } => {
      const at = place();
      const policy = at.put('policy.cedar', text);
      return { at, options: ['--policy', policy, '--authority', 'required', ...scope(at)] };
    };

    /** Where the tree may run node. */
    const asking = (): { at: Place; options: string[] } => {
      const here = place();
      return { at: here, options: [...scope(here), '--exec', process.execPath] };
    };

    const starting = (): { here: Place; options: string[] } => {
      const here = place();
      for (const name of ['a', 'b', 'told']) here.put(`work/${name}`, '');
      return { here, options: [...scope(here), '--exec', process.execPath, '--quiet'] };
    };

    test('has the very call go on that is approved, and no other', async () => {
      const { at, options } = under(ASKING);
      at.put('work/asked', '');
      const run = at.run(options, 'cd "$0"; echo one > asked; echo went; echo two > asked; echo done');
      await until('the first waits', () => announced(run).length === 1);
      const [first] = announced(run);
      expect(first!.control).toBe(at.control);
      const path = join(at.work, 'asked');
      const pending = await at.plumb('approve', '--control', at.control);
      expect(pending.stdout).toMatch(
        new RegExp(`^${first!.digest}  \\(record \\d+\\)\n  file.write File::"${path}", level 0\n$`),
      );
      expect([run.said.stdout, readFileSync(path, TEXT)]).toEqual(['', '']);

      expect((await at.plumb('approve', '--control', at.control, first!.digest)).code).toBe(0);
      await until('the second waits', () => announced(run).length === 2);
      expect([run.said.stdout, readFileSync(path, TEXT)]).toEqual(['went\n', 'one\n']);
      await at.plumb('approve', '--control', at.control, announced(run)[1]!.digest);
      expect(await run.ended).toMatchObject({ code: 0, stdout: 'went\ndone\n' });
      expect(readFileSync(path, TEXT)).toBe('two\n');
    });

    test('has a call that waits go on when all of its kind is approved, and the next does not wait', async () => {
      const { at, options } = under(ASKING);
      at.put('work/asked', '');
      const run = at.run(options, 'cd "$0"; echo one > asked; echo two > asked; echo done; echo three > asked');
      await until('the first waits', () => announced(run).length === 1);
      const all = ['--all', '--action', 'file.write', '--within', `Dir::${at.work}`, '--level', '0', '--uses', '2'];
      expect((await at.plumb('approve', '--control', at.control, ...all)).code).toBe(0);
      await until('the third waits', () => announced(run).length === 2);
      expect([run.said.stdout, readFileSync(join(at.work, 'asked'), TEXT)]).toEqual(['done\n', 'two\n']);
      await at.plumb('stop', '--control', at.control);
      await run.ended;
    });

    test('has a call that nobody approves refused after --approve-timeout', async () => {
      const { at, options } = under(ASKING);
      at.put('work/asked', '');
      const recorded = await at.recorded();
      const run = at.run([...options, ...recorded, '--approve-timeout', '1s'], 'cd "$0"; echo one > asked || exit 7');
      const { code, stderr } = await run.ended;
      expect([code, stderr]).toEqual([7, expect.stringContaining('asked: Permission denied')]);
      expect(announced(run)).toHaveLength(1);
      // By the log's own times, of which a timer may be a little short.
      const shown = (await at.plumb('log', 'show', at.log, '--json')).stdout.trimEnd().split('\n');
      const [asked, closed] = shown.slice(-2).map((line) => JSON.parse(line) as { timeMs: number; type: string });
      expect([asked, closed]).toMatchObject([{ decision: { verdict: 'approve' } }, { type: 'close' }]);
      expect(closed!.timeMs - asked!.timeMs).toBeGreaterThan(900);
    });

    test('has a signal interrupt a call that waits', async () => {
      const { at, options } = under(ASKING);
      at.put('work/asked', '');
      // A shell whose child waits, with a handler of its own.
      const script = `cd "$0"; bash -c 'trap "echo caught; exit 9" TERM; echo $$ > pid; echo x > asked; echo not reached' & wait $!`;
      const run = at.run(options, script);
      await until('it waits', () => announced(run).length === 1);
      process.kill(Number(readFileSync(join(at.work, 'pid'), TEXT)), 'SIGTERM');
      expect(await run.ended).toMatchObject({ code: 9, stdout: 'caught\n' });
    });

    test('goes on in its other processes while one call waits', async () => {
      const { at, options } = under(ASKING);
      at.put('work/asked', '');
      const others = 'for n in 1 2 3; do cat /proc/self/comm > "copy$n"; done; echo others went on';
      const run = at.run(options, `cd "$0"; { echo x > asked; } & ${others}; wait; echo waited`);
      await until('others went on', () => run.said.stdout === 'others went on\n');
      await until('it waits', () => announced(run).length === 1);
      expect(readFileSync(join(at.work, 'copy3'), TEXT)).toBe('cat\n');
      await at.plumb('approve', '--control', at.control, announced(run)[0]!.digest);
      expect(await run.ended).toMatchObject({ code: 0, stdout: 'others went on\nwaited\n' });
    });

    test('is stopped by its supervisor, whole, and its log says so', async () => {
      const at = place();
      const options = [...scope(at), ...(await at.recorded())];
      const mark = `3${process.pid}${places}`;
      const run = at.run(options, `echo begun; setsid sleep ${mark} & while :; do :; done`);
      await until('it goes on', () => run.said.stdout !== '' && processesWith(`sleep\0${mark}`).length === 1);
      const stopped = await at.plumb('stop', '--control', at.control);
      expect(stopped).toEqual({ code: 0, stdout: 'stopped\n', stderr: '' });
      const { code, stderr } = await run.ended;
      // Not by the limit on a supervisor's silence, which is told as another ending.
      expect([code, stderr]).toEqual([125, expect.stringMatching(/^run-stopped: /)]);
      expect(processesWith(`sleep\0${mark}`)).toEqual([]);
      const shown = await at.plumb('log', 'show', at.log);
      expect(shown.stdout.trimEnd().split('\n').at(-1)).toMatch(/stopped/);
      expect((await at.plumb('verify', at.log, '--key', join(at.home, 'seed'))).code).toBe(0);
    });

    test('that is stopped while a call waits ends by that, however its command takes the refusal', async () => {
      const { at, options } = under(ASKING);
      at.put('work/asked', '');
      const run = at.run(options, 'cd "$0"; echo one > asked; exit 7');
      await until('it waits', () => announced(run).length === 1);
      expect((await at.plumb('stop', '--control', at.control)).code).toBe(0);
      const { code, stderr } = await run.ended;
      expect([code, stderr]).toEqual([125, expect.stringMatching(/^run-stopped: /m)]);
      expect(readFileSync(join(at.work, 'asked'), TEXT)).toBe('');
    });

    test('has its step set and its grants revoked while it goes on', async () => {
      const at = place();
      at.put('trust.json', (await at.plumb('grant', 'key', join(at.home, 'issuer.jwk'))).stdout);
      const read = 'read: [/], exec: [/usr/, /bin/]';
      at.put(
        'plan.yaml',
        `objective: { statement: Write, expires: 8h, scope: { ${read}, write: [${at.work}, /dev/null] } }
plan: { statement: Write here, scope: { ${read}, write: [${at.work}, /dev/null] } }
steps:
  - { statement: Look, scope: { ${read}, write: [/dev/null] } }
  - { statement: Write a, scope: { ${read}, write: [${at.work}/a, /dev/null] } }
`,
      );
      const grants = join(at.home, 'grants');
      await at.plumb('grant', 'plan', join(at.home, 'plan.yaml'), '--key', join(at.home, 'issuer.jwk'), '-o', grants);
      const options = ['--grant', join(grants, 'plan.grant'), '--trust', join(at.home, 'trust.json')];
      for (const name of ['a', 'b']) at.put(`work/${name}`, '');
      const loop =
        'while read _; do for n in a b; do { echo x >> "$0/$n"; } && printf "$n "; done; echo "tried $((++i))"; done';
      const run = at.run([...options, '--quiet'], `exec 2> /dev/null; ${loop}`);
      let times = 0;
      const trying = async (): Promise<string> => {
        const before = run.said.stdout.length;
        run.child.stdin!.write('again\n');
        times++;
        await until('it tried', () => run.said.stdout.endsWith(`tried ${times}\n`));
        return run.said.stdout.slice(before).replace(/ ?tried \d+\n$/, '');
      };
      const step = (name: string): Promise<{ code: number | null }> =>
        at.plumb('grant', 'step', join(grants, name), '--control', at.control);
      expect(await trying()).toBe('a b');
      expect((await step('step-1.grant')).code).toBe(0);
      expect(await trying()).toBe('');
      expect((await step('step-2.grant')).code).toBe(0);
      expect(await trying()).toBe('a');
      const revoked = await at.plumb('grant', 'revoke', join(grants, 'plan.grant'), '--control', at.control);
      expect(revoked.code).toBe(0);
      expect(await trying()).toBe('');
      run.child.stdin!.end();
      expect((await run.ended).code).toBe(0);
    });

    describe('imposes on the process that a decision is for, and on what descends from it,', () => {
      test.each([
        [
          '@profile("no-network"): no connecting',
          'degrade',
          '@profile("no-network")',
          ': <> /dev/tcp/127.0.0.1/$PORT',
          '',
        ],
        [
          '@profile("read-only"): no connecting',
          'degrade',
          '@profile("read-only")',
          ': <> /dev/tcp/127.0.0.1/$PORT',
          '',
        ],
        ['@profile("no-network"): writing', 'degrade', '@profile("no-network")', ': > file', 'self\nchild\n'],
        ['@profile("read-only"): no writing', 'degrade', '@profile("read-only")', ': > file', ''],
        ['@profile("read-only"): reading', 'degrade', '@profile("read-only")', 'read x < read', 'self\nchild\n'],
        ['@profile("no-exec"): no executing', 'degrade', '@profile("no-exec")', '/bin/true', ''],
        ['@profile("no-exec"): writing', 'degrade', '@profile("no-exec")', ': > file', 'self\nchild\n'],
        ['@only: no other program', 'restrict', '@only("cat, ls")', 'env >&2', ''],
        ['@only: those programs', 'restrict', '@only("cat, ls")', 'ls >&2', 'self\nchild\n'],
      ])('%s', async (_, verdict, annotation, command, after) => {
        const { at, options } = under(
          `${PERMIT}@verdict("${verdict}") ${annotation} forbid (principal, action == Action::"file.read", resource) when { context.name == "marked" };`,
        );
        for (const name of ['marked', 'read']) at.put(`work/${name}`, 'a line\n');
        const { port, close } = await listening();
        const connect = ['--connect', `127.0.0.1:${port}`];
        const { code, stdout } = await at.run([...options, ...connect], around(command.replace('$PORT', String(port))))
          .ended;
        close();
        expect([code, stdout]).toEqual([0, `self\nchild\nmarked\n${after}self\nchild\n`]);
      });
    });

    test.each([
      ['for writing is refused', ': >> marked', ''],
      ['for both is refused', ': <> marked', ''],
      ['for reading goes on', ': < marked', 'done\n'],
      ['for writing, of another file, goes on', ': < marked; : > file', 'done\n'],
    ])('holds an open that is read-only to reading, that one only: %s', async (_, command, said) => {
      const { at, options } = under(
        `${PERMIT}@verdict("read-only") forbid (principal, action, resource) when { context has name && context.name == "marked" };`,
      );
      at.put('work/marked', 'a line\n');
      const { stdout, stderr } = await at.run(options, `cd "$0"; ${command} && echo done`).ended;
      expect(stdout).toBe(said);
      expect(stderr).toMatch(said === '' ? /Read-only file system/ : /^$/);
    });

    test.each([
      ['forbids them', ''],
      ['wants a person for them', '@verdict("approve") '],
    ])('has its connections cut before a read returns that brings a label which %s', async (_, verdict) => {
      const at = place();
      const policy = writePolicy(at.home);
      const text = readFileSync(join(policy, 'policy.cedar'), 'utf8');
      writeFileSync(join(policy, 'policy.cedar'), text.replace('@id("no-egress") ', `@id("no-egress") ${verdict}`));
      at.put('work/confidential', 'the secret\n');
      const { port, close, first } = await listening();
      const script = `cd "$0"; exec 3<> /dev/tcp/127.0.0.1/${port}; echo before >&3
        read -r secret < confidential; echo "$secret" >&3 || echo not sent
        : <> /dev/tcp/127.0.0.1/${port} || echo not connected`;
      const run = at.run(
        [...scope(at), '--policy', policy, '--connect', `127.0.0.1:${port}`, '--approve-timeout', '1s'],
        `exec 2> /dev/null; trap '' PIPE; ${script}`,
      );
      const received = await first;
      expect(await run.ended).toMatchObject({ code: 0, stdout: 'not sent\nnot connected\n' });
      expect(await received.all).toBe('before\n');
      close();
    });

    describe('is asked over the socket of its mediator, which', () => {
      test('decides under the current step, and records', async () => {
        const { at: here, options } = asking();
        const [inside, outside] = [join(here.work, 'a'), join(here.home, 'a')].map((id) =>
          says([file('file.write', id)]),
        );
        const recorded = await here.recorded();
        const run = here.run([...options, ...recorded], `${ask(inside!, outside!)}`);
        expect((await run.ended).stderr).toBe('');
        expect(answers(run)).toMatchObject([
          { decision: { verdict: 'allow' } },
          { decision: { verdict: 'block', code: 'no-permit' } },
        ]);
        const shown = (await here.plumb('log', 'show', here.log)).stdout;
        expect(shown.split('\n').filter((line) => line.includes(`file.write ${here.home}`))).toHaveLength(2);
      });

      test("says itself where a call's target was stated, whatever is claimed", async () => {
        const { at: here, options } = asking();
        const asEntity = { action: { type: 'Action', id: 'mcp.call' } };
        const lines = [
          sending('ann@x.example', 'neither'),
          sending('eve@x.example', 'objective'),
          { ...sending('eve@y.example', 'objective'), ...asEntity },
        ].map((one) => says([one]));
        const recorded = await here.recorded();
        const objective = ['--objective', 'Write to ann@x.example'];
        await here.run([...options, ...recorded, ...objective], ask(...lines)).ended;
        const shown = (await here.plumb('log', 'show', here.log, '--json')).stdout.trimEnd().split('\n');
        const calls = shown.filter((line) => line.includes('mcp.call')).map((line) => JSON.parse(line) as object);
        expect(calls).toMatchObject([
          { request: { context: { target: 'ann@x.example', origin: 'objective' } } },
          { request: { context: { target: 'eve@x.example', origin: 'neither' } } },
          { request: { context: { target: 'eve@y.example', origin: 'neither' } } },
        ]);
      });

      test('refuses what is no question, and goes on', async () => {
        const { at: here, options } = asking();
        const good = file('file.read', '/a');
        const bad = [
          '',
          'x',
          '{}',
          '[]',
          '{"requests":[]}',
          '{"requests":{}}',
          '{"requests":[1]}',
          '{"requests":[{}]}',
          says([{ ...good, principal: { type: 'Agent', id: 'another' } }]),
          says([{ ...good, action: 1 }]),
          JSON.stringify({ requests: [good], statement: 1 }),
          JSON.stringify({ requests: [good], verb: 'stop' }),
          '{"verb":"stop"}',
          `{"requests":[],"requests":[${JSON.stringify(good)}]}`,
        ];
        const run = here.run(options, `${ask(...bad, '+', says([good]))}`);
        await run.ended;
        expect(answers(run)).toEqual([
          ...bad.map(() => ({ error: { code: 'mediator-malformed', message: expect.any(String) as string } })),
          // What is too long is cut off without an answer.
          expect.objectContaining({ decision: expect.objectContaining({ verdict: 'allow' }) as object }),
        ]);
      });

      test('is connected to, and neither replaced nor changed; and its neighbours are not reached', async () => {
        const { at: here, options } = asking();
        const attempts = [
          'rm "$s"',
          'mv "$s" "$0/moved"',
          'mv "$(dirname "$s")" "$0/moved"',
          'ln "$s" "$0/linked"',
          'ln -sf "$0/mine" "$s"',
          ': > "$s"',
          ': < "$s"',
          'chmod 777 "$s"',
          'touch "$(dirname "$s")/new"',
          'ls "$(dirname "$s")"',
          `PLUMBLINE_SOCKET=${here.control} ${ask('{}')}`,
        ];
        // Granted as widely as can be.
        const script = `exec 2> /dev/null; s="$PLUMBLINE_SOCKET"; ${attempts.map((one, n) => `{ ${one}; } && echo "did ${n}"`).join('; ')}; ${ask(says([file('file.read', '/a')]))}`;
        const run = here.run([...options, '--write', '/'], script);
        await run.ended;
        expect(answers(run)).toMatchObject([{ decision: { verdict: 'allow' } }]);
      });

      test('announces what needs an approval, and lets it pass once approved', async () => {
        const { at: here, options } = under(ASKING);
        const question = says([file('file.write', join(here.work, 'asked'))]);
        const run = here.run([...options, '--exec', process.execPath], `${ask(question)}; read _; ${ask(question)}`);
        await until('it waits', () => announced(run).length === 1 && answers(run).length === 1);
        await here.plumb('approve', '--control', here.control, announced(run)[0]!.digest);
        run.child.stdin!.write('again\n');
        await run.ended;
        expect(answers(run)).toMatchObject([
          { decision: { verdict: 'approve', approval: announced(run)[0]!.digest } },
          { decision: { verdict: 'allow', code: 'approved' } },
        ]);
      });

      test('cuts connections that a label forbids which comes of what it is asked', async () => {
        const { at: here, options } = asking();
        const policy = writePolicy(here.home);
        const { port, close } = await listening();
        const question = says([file('file.read', join(here.work, 'confidential'))], 'Read it');
        const script = `exec 2> /dev/null 3<> /dev/tcp/127.0.0.1/${port}; ${ask(question)} > /dev/null; read -t 20 <&3; echo "read $?"`;
        const run = here.run([...options, '--policy', policy, '--connect', `127.0.0.1:${port}`], script);
        // At its end, not after the time it waits.
        expect((await run.ended).stdout).toBe('read 1\n');
        close();
      });
    });

    describe('holds what a call starts to that call:', () => {
      const NONCE = `sed -E 's/.*"nonce":"([0-9a-f]{32})".*/\\1/'`;
      const nonce = (question: string): string => `$(${ask(question)} | ${NONCE})`;
      const exec = PLUMB.map((word) => `'${word}'`).join(' ') + ' exec';

      test('its command and all below it; the rest of the tree goes on under the step', async () => {
        const { here, options } = starting();
        const inner = `${tries('a', 'b')}; bash -c '${tries('a', 'b')}' - descendant`;
        here.put('work/inner', inner);
        const script = `exec 2> /dev/null; cd "$0"; ${exec} ${nonce(call(here, 'a'))} -- bash inner child; set - parent; ${tries('a', 'b')}`;
        const { stdout } = await here.run(options, script).ended;
        expect(stdout).toBe('child wrote a\ndescendant wrote a\nparent wrote a\nparent wrote b\n');
      });

      test('a nonce is good once, and none other is', async () => {
        const { here, options } = starting();
        const script = `n=${nonce(call(here, 'a'))}; ${exec} $n -- true && echo ran; ${exec} $n -- true; echo $?; ${exec} ${'0'.repeat(32)} -- true; echo $?`;
        const { stdout, stderr } = await here.run(options, script).ended;
        expect(stdout).toBe('ran\n1\n1\n');
        expect(stderr.match(/^nonce-refused: /gm)).toHaveLength(2);
      });

      test('it starts as any program does, and a nonce is not spent on what is no command', async () => {
        const { here, options } = starting();
        const ignored = 'sed -n "s/^SigIgn:\\t//p" /proc/self/status';
        const script = `n=${nonce(call(here, 'a'))}; ${exec} $n -- no-such-command; echo $?; ${exec} $n -- ${ignored}; ${exec} ${nonce(call(here, 'a'))} -- /etc/passwd; echo $?`;
        const { stdout, stderr } = await here.run(options, script).ended;
        expect(stdout).toBe('1\n0000000000000000\n1\n');
        expect(stderr).toMatch(/^command-not-found: .*\n.*\ncommand-refused: .*\n.*\n$/);
      });

      test('it cannot change to another call', async () => {
        const { here, options } = starting();
        here.put(
          'work/inner',
          `${exec} ${nonce(call(here, 'a', 'b'))} -- bash -c '${tries('b')}' - other; ${tries('a')}`,
        );
        const script = `cd "$0"; ${exec} ${nonce(call(here, 'a'))} -- bash inner child`;
        const { stdout, stderr } = await here.run(options, script).ended;
        expect(stdout).toBe('child wrote a\n');
        expect(stderr).toMatch(/^nonce-refused: /m);
      });

      // The shell that started it is gone before it asks for anything.
      const orphan = `( read -t 1; set - orphan; ${tries('a', 'b')}; echo done >> told ) <&0 & exit`;

      test('what outlives who started it', async () => {
        const { here, options } = starting();
        here.put('work/inner', orphan);
        const script = `exec 2> /dev/null; cd "$0"; ${exec} ${nonce(call(here, 'a', 'told'))} -- bash inner; for i in {1..100}; do [ -s told ] && break; sleep .1; done`;
        const { stdout } = await here.run(options, script).ended;
        expect(stdout).toBe('orphan wrote a\n');
      });

      test('what outlives who started it, to all calls that it may belong to', async () => {
        const { here, options } = starting();
        here.put('work/inner', orphan);
        const other = `${exec} ${nonce(call(here, 'b', 'told'))} -- true`;
        const script = `exec 2> /dev/null; cd "$0"; ${other}; ${exec} ${nonce(call(here, 'a', 'told'))} -- bash inner; for i in {1..100}; do [ -s told ] && break; sleep .1; done; set - parent; ${tries('b')}`;
        const { stdout } = await here.run(options, script).ended;
        expect(stdout).toBe('parent wrote b\n');
      });
    });
  },
);

/** A server on this machine, and all that its first connection gets. */
async function listening(): Promise<{ port: number; close: () => void; first: Promise<{ all: Promise<string> }> }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const first = once(server, 'connection').then((given) => {
    const [socket] = given as [Socket];
    let text = '';
    socket
      .setEncoding('utf8')
      .on('data', (chunk: string) => (text += chunk))
      .on('error', () => undefined);
    return { all: once(socket, 'close').then(() => text) };
  });
  return { port: (server.address() as AddressInfo).port, close: () => server.close(), first };
}
