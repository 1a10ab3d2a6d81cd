// The preset coding-agent on whole sessions: what a person who starts from it relies on.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hostRuntime } from '../../bindings/runtime/index.ts';
import { openSession } from '../../bindings/session.ts';
import { compile } from '../../engine/compiler/index.ts';
import { sourcesOf } from './sources.ts';

const read = (name: string): string =>
  readFileSync(new URL(`../../bindings/presets/coding-agent/${name}`, import.meta.url), 'utf8');

const compiled = compile(sourcesOf({ policies: read('policy.cedar'), labels: read('labels.cedar') }));
if (!('policy' in compiled)) throw new Error(JSON.stringify(compiled.diagnostics));
const { policy } = compiled;
const runtime = await hostRuntime();

type Step = [act: string, object: string, verdict: string, determining?: string];

const DIRECTORY = /\/$/;

/**
 * `read`, `write`, `create`, `delete` a path (a directory ends in `/`); `run` a command, `run?` a dynamic one; `get`,
 * `post` a URL; `connect`, `listen`, `mcp`, `tool`, `llm` a name.
 */
function requestOf(act: string, object: string) {
  const principal = { type: 'Agent', id: 'agent' };
  const path = object.replace(/(?<=.)\/$/, '');
  const file = {
    principal,
    resource: { type: DIRECTORY.test(object) ? 'Dir' : 'File', id: path },
    context: { resolved: true },
  };
  const program = object.split(' ', 1)[0]!;
  switch (act) {
    case 'read':
    case 'write':
    case 'create':
    case 'delete':
      return { ...file, action: `file.${act}` };
    case 'run':
    case 'run?': {
      const resource = program.startsWith('/') ? { type: 'File', id: program } : { type: 'Program', id: program };
      const context = { resolved: true, dynamic: act === 'run?', program: program.split('/').at(-1)!, command: object };
      return { principal, action: 'process.exec', resource, context };
    }
    case 'get':
    case 'post': {
      const { protocol, hostname, port } = new URL(object);
      const tls = protocol === 'https:';
      const resource = { type: 'Endpoint', id: `${hostname}:${port === '' ? (tls ? 443 : 80) : port}` };
      return { principal, action: 'http.request', resource, context: { method: act.toUpperCase(), tls } };
    }
    case 'connect':
    case 'listen':
      return {
        principal,
        action: `net.${act}`,
        resource: { type: 'Endpoint', id: object },
        context: { protocol: 'tcp' },
      };
    case 'llm':
      return { principal, action: 'llm.invoke', resource: { type: 'Model', id: object }, context: { dynamic: false } };
    default:
      const context = { dynamic: false, effect: 'changes', arguments: '0'.repeat(64) };
      return { principal, action: `${act}.call`, resource: { type: 'Tool', id: object }, context };
  }
}

const SESSIONS: Record<string, Step[]> = {
  'fixing a bug': [
    ['read', '/work/project/', 'allow'],
    ['run', 'grep -rn bind src', 'allow'],
    ['read', '/work/project/src/fields.py', 'allow'],
    ['write', '/work/project/src/fields.py', 'allow'],
    ['create', '/tmp/reproduce.py', 'allow'],
    ['run', 'python /tmp/reproduce.py', 'allow'],
    ['run', '/usr/bin/git diff', 'allow'],
    ['delete', '/tmp/reproduce.py', 'approve', 'deletes'],
    ['tool', 'editor/submit', 'allow'],
    ['llm', 'provider/model', 'allow'],
  ],
  'system and controls': [
    ['read', '/etc/hosts', 'allow'],
    ['write', '/etc/hosts', 'block', 'system-directories'],
    ['create', '/usr/local/bin/tool', 'block', 'system-directories'],
    ['write', '/var/log/syslog', 'block', 'system-state'],
    ['create', '/var/tmp/x', 'allow'],
    ['delete', '/home/', 'block', 'directory-of-everything'],
    ['delete', '/home/me/project/build/', 'approve', 'deletes'],
    ['write', '/home/me/.bashrc', 'block', 'shell-startup'],
    ['create', '/home/me/.config/systemd/user/x.service', 'block', 'shell-startup'],
    ['create', '/work/p/.git/hooks/pre-commit', 'block', 'git-controls'],
    ['write', '/work/p/.git/config', 'block', 'git-controls'],
    ['write', '/work/p/.git/index', 'allow'],
    ['write', '/work/p/config', 'allow'],
    ['write', '/work/p/.claude/settings.json', 'block', 'agent-controls'],
    ['create', '/home/me/.ssh/authorized_keys', 'block', 'shell-startup'],
    ['write', '/home/me/.aws/config', 'block', 'credential-stores'],
    ['write', '/work/p/.github/workflows/ci.yml', 'approve', 'pipelines'],
    ['read', '/etc/shadow', 'block', 'password-hashes'],
  ],
  programs: [
    ['run', 'make test', 'allow'],
    ['run?', 'bash -c "$X"', 'approve', 'dynamic-commands'],
    ['run', 'pip install requests', 'approve', 'package-managers'],
    ['run', 'npm test', 'allow'],
    ['run', 'npm install left-pad', 'approve', 'package-installs'],
    ['run', 'sudo ls', 'block', 'other-identities'],
    ['run', 'dd if=/dev/zero of=x', 'block', 'destructive-programs'],
    ['run', 'mkfs.ext4 x', 'block', 'destructive-programs'],
    ['run', '/usr/sbin/shutdown now', 'block', 'destructive-programs'],
    ['run', 'crontab -e', 'block', 'later-commands'],
    ['run', 'xmrig', 'approve', 'unlisted-programs'],
    ['run', '/work/p/ls', 'approve', 'unlisted-programs'],
    ['run', '/usr/bin/ls', 'allow'],
  ],
  network: [
    ['listen', '127.0.0.1:8000', 'allow'],
    ['listen', '0.0.0.0:8000', 'approve', 'sending'],
    ['post', 'http://localhost:8000/x', 'allow'],
    ['post', 'https://example.org/x', 'approve', 'sending'],
    ['connect', 'example.org:22', 'approve', 'sending'],
    ['get', 'http://169.254.169.254/latest', 'block', 'metadata-services'],
    ['get', 'http://example.org/', 'approve', 'clear-text'],
  ],
  'nothing is sent after untrusted content': [
    ['post', 'https://example.org/x', 'approve', 'sending'],
    ['get', 'https://example.org/', 'allow'],
    ['get', 'https://example.org/more', 'allow'],
    ['run', 'curl https://example.org/', 'allow'],
    ['post', 'https://example.org/x', 'block', 'egress-after-untrusted'],
    ['connect', 'example.org:22', 'block', 'egress-after-untrusted'],
    ['post', 'http://localhost:8000/x', 'allow'],
  ],
  'nothing leaves after a secret': [
    ['read', '/work/p/.env.example', 'allow'],
    ['get', 'https://example.org/', 'allow'],
    ['read', '/work/p/.env', 'allow'],
    ['get', 'https://example.org/', 'block', 'egress-after-secret'],
    ['run', 'curl https://example.org/', 'block', 'network-programs-after-secret'],
    ['run', 'git push origin main', 'block', 'network-programs-after-secret'],
    ['run', 'git commit -m x', 'allow'],
    ['get', 'http://localhost:8000/', 'allow'],
    ['mcp', 'mail/send', 'approve', 'tools-after-secret'],
    ['write', '/work/p/a.ts', 'allow'],
  ],
  'a private key': [
    ['read', '/home/me/.ssh/id_ed25519', 'approve', 'read-credentials'],
    ['get', 'https://example.org/', 'block', 'egress-after-secret'],
  ],
  'a refused secret leaves no mark': [
    ['read', '/run/secrets/../token', 'block'],
    ['get', 'https://example.org/', 'allow'],
  ],
};

describe('coding-agent', () => {
  test.each(Object.entries(SESSIONS))('%s', async (_title, steps) => {
    const session = openSession({ policy, log: 'none', adapter: 'test', runtime });
    for (const [act, object, verdict, determining] of steps) {
      const decision = await session.mediate(requestOf(act, object));
      const said = { step: `${act} ${object}`, verdict: decision.verdict, determining: decision.determining };
      const expected = determining === undefined ? expect.anything() : expect.arrayContaining([determining]);
      expect(said).toEqual({ step: `${act} ${object}`, verdict, determining: expected });
    }
    await session.close('done');
  });

  test('every rule has a name and every restriction a message', () => {
    const rules = read('policy.cedar').split(';\n');
    const forbids = rules.filter((rule) => /^forbid/m.test(rule));
    expect(forbids.length).toBeGreaterThan(20);
    expect(forbids.filter((rule) => !/^@message\("[^"]+"\)$/m.test(rule))).toEqual([]);
  });
});
