import { describe, expect, test } from 'vitest';
import { TestHost } from '../testing.ts';

/** script → stdout, and where they matter the exit code, stderr, and the millisecond of the end. */
const rows: [script: string, out: string, more?: { exit?: number; err?: string; ms?: number; sh?: string }][] = [
  ['echo a b; echo "c  d" e\\ f', 'a b\nc  d e f\n'],
  ['x=1; y="$x-2"; echo $y ${x}3 ${z:-none} ${#y}', '1-2 13 none 3\n'],
  ['i=0; while [ $i -lt 3 ]; do echo $i; i=$((i+1)); done', '0\n1\n2\n'],
  ['for i in 1 2 3; do echo line $i; sleep 1; done', 'line 1\nline 2\nline 3\n', { ms: 3000 }],
  ['for f in a "b c"; do echo "<$f>"; done', '<a>\n<b c>\n'],
  ['if false; then echo no; elif true; then echo yes; else echo no; fi', 'yes\n'],
  ['case abc in x) echo 1;; a*) echo 2;; *) echo 3;; esac', '2\n'],
  ['f() { echo "f $1 $#"; return 3; }; f x y; echo $?', 'f x 2\n3\n'],
  ['f() { local v=in; echo $v; }; v=out; f; echo $v', 'in\nout\n'],
  ['echo one | cat; echo two | (read x; echo got $x)', 'one\ngot two\n'],
  ['echo hi > /tmp/f; cat /tmp/f; echo more >> /tmp/f; wc -l < /tmp/f', 'hi\n2\n'],
  ['cat <<EOF\na $((1+2))\nEOF\ncat <<"EOF"\n$x\nEOF', 'a 3\n$x\n'],
  ['nope; echo $?', '127\n', { err: 'sh: nope: not found\n', exit: 0 }],
  ['nope', '', { exit: 127 }],
  ['cat < /nofile; echo $?', '1\n', { err: "sh: can't open /nofile: no such file\n" }],
  ['echo x > /no/dir; echo $?', '1\n', { err: "sh: can't create /no/dir: nonexistent directory\n" }],
  ['cat /tmp/healthy', '', { exit: 1, err: "cat: can't open '/tmp/healthy': No such file or directory\n" }],
  ['set -e; false; echo no', '', { exit: 1 }],
  ['set -e; if false; then :; fi; false || true; ! true; echo ok', 'ok\n', { exit: 0 }],
  ['set -u; echo $nope', '', { exit: 2, err: 'sh: nope: parameter not set\n' }],
  ['echo $(echo a; echo b) "$(printf "x\\ny")"', 'a b x\ny\n'],
  ['x=$(false); echo $?', '1\n'],
  ['echo ${x%.*} ${x##*/}; x=/a/b.c; echo ${x%.*} ${x##*/} ${x#/}', '\n/a/b b.c a/b.c\n'],
  ['echo "$@" $#; set -- a "b c"; for i in "$@"; do echo "[$i]"; done; shift; echo $1', '0\n[a]\n[b c]\nb c\n'],
  ['trap "echo bye" EXIT; echo hi; exit 4', 'hi\nbye\n', { exit: 4 }],
  ['trap "echo got" USR1; kill -USR1 $$; echo after', 'got\nafter\n'],
  ['sleep 2 & wait; echo done', 'done\n', { ms: 2000 }],
  ['sleep 5 & P=$!; sleep 1; kill $P; wait $P; echo $?', '143\n', { ms: 1000 }],
  ['(exit 3); echo $?; { echo g; } ; (cd /tmp; pwd); pwd', '3\ng\n/tmp\n/\n'],
  ['exit 300', '', { exit: 44 }],
  ['while true; do echo x; break; done; for i in 1 2; do for j in 1 2; do continue 2; done; done; echo end', 'x\nend\n'],
  ['until [ -e /tmp/up ]; do sleep 1; touch /tmp/up; done; echo up', 'up\n', { ms: 1000 }],
  ['cd /etc && echo pass* ; echo /nomatch*', 'passwd\n/nomatch*\n'],
  ['echo "a:b c" | while IFS=: read x y; do echo "$y/$x"; done', 'b c/a\n'],
  ['exec 3>/tmp/o; echo hi >&3; exec 3>&-; cat /tmp/o', 'hi\n'],
  ['echo err >&2; echo out', 'out\n', { err: 'err\n' }],
  ['{ echo a; echo b >&2; } > /tmp/x 2>&1; cat /tmp/x', 'a\nb\n'],
  ['eval "x=5"; echo $x; command -v ls; type nope', '5\n/bin/ls\n', { exit: 127 }],
  ['if', '', { exit: 2 }],
  ['echo "unterminated', '', { exit: 2, err: 'sh: syntax error: unterminated quoted string\n' }],
  ['echo $((1/0)); echo no', '', { exit: 2, err: 'sh: divide by zero\n' }],
  ['echo $((2*(3+4)%5)) $((1<2 && 3>2)) $((010)) $((x+=2)) $x', '4 1 8 2 2\n'],
  ['items=(a b c); n=1; echo ${items[$n]} ${#items[@]} "${items[@]}"', 'b 3 a b c\n', { sh: 'bash' }],
  ['echo {1..3} {a,b}x; [[ abc == a* ]] && echo m; x=5; ((x++)); echo $x; for ((i=0;i<2;i++)); do echo $i; done', '1 2 3 ax bx\nm\n6\n0\n1\n', { sh: 'bash' }],
  ['nope', '', { exit: 127, err: 'bash: line 1: nope: command not found\n', sh: 'bash' }],
  ['yes | head -2', 'y\ny\n'],
  ['echo hello | grep -o l | wc -l', '2\n'],
  ['printf "%s-%03d\\n" a 7 b 8', 'a-007\nb-008\n'],
  ["echo 'a b c' | sed 's/b/X/; s/\\(a\\)/[\\1]/'", '[a] X c\n'],
  [
    "printf 'b 2\\na 10\\n' | sort; printf '10\\n9\\n' | sort -n | head -1; echo a,b | cut -d, -f2; echo abc | tr a-c A-C; echo x y | awk '{print $2}'",
    'a 10\nb 2\n9\nb\nABC\ny\n',
  ],
  ["printf 'oof' | rev", 'foo\n'],
  ['seq 3 | xargs echo n', 'n 1 2 3\n'],
  ['kill -0 99; echo $?', '1\n', { err: "sh: can't kill pid 99: No such process\n" }],
  ['echo -n x; echo -e "a\\tb"; echo -en "\\n"', 'xa\tb\n\n'],
  ['x=a; x=b env | grep ^x=; echo $x', 'x=b\na\n'],
  ['timeout 1 sleep 5; echo $?', '143\n', { ms: 1000 }],
  ['mkdir -p /a/b; touch /a/b/c; ls -R /a; rm -r /a; ls /a', '/a:\nb\n\n/a/b:\nc\n', { exit: 1, err: 'ls: /a: No such file or directory\n' }],
  ['sleep x', '', { exit: 1, err: "sleep: invalid number 'x'\n" }],
  ['. /tmp/nofile; echo no', '', { exit: 2, err: "sh: .: can't open '/tmp/nofile': No such file or directory\n" }],
  ['echo "echo from file" > /tmp/s.sh; sh /tmp/s.sh; . /tmp/s.sh; chmod +x /tmp/s.sh; /tmp/s.sh', 'from file\nfrom file\nfrom file\n'],
  ['true && echo yes || echo no; false && echo yes || echo no', 'yes\nno\n'],
  ['echo x >> /d; [ $(wc -l < /d) -ge 3 ]', '', { exit: 1 }],
  ['echo a > /tmp/a; mv /tmp/a /tmp/b; cp /tmp/b /tmp/c; cat /tmp/c; test -f /tmp/a; echo $?', 'a\n1\n'],
  ['x="a b"; set -- $x; echo $2; IFS=,; y=1,2; set -- $y; echo $2', 'b\n2\n'],
  ['while read l; do echo "[$l]"; done < /etc/hostname', '[p]\n'],
  ['echo $$; echo $(echo $$)', '1\n1\n'],
];

describe('busybox ash', () => {
  test.each(rows)('%s', (script, out, more = {}) => {
    const host = new TestHost();
    const told = host.run([more.sh ?? 'sh', '-c', script], 60_000, more.sh === 'bash' ? { image: 'docker.io/library/bash:5' } : {});
    expect(told.out).toBe(out);
    if (more.err !== undefined) expect(told.err).toBe(more.err);
    if (more.exit !== undefined) expect(told.exit).toBe(more.exit);
    expect(told.exit).toBeDefined();
    if (more.ms !== undefined) expect(told.exitMs).toBe(more.ms);
  });
});

test('sh -c with one command becomes that command', () => {
  const host = new TestHost();
  const { id } = host.spawn(['sh', '-c', 'sleep 1h']);
  host.advance(10);
  expect(host.exec(id, ['ps']).stdout).toMatch(/^ +1 root +0:00 sleep 1h$/m);
});

describe('hostile scripts neither hang nor grow', () => {
  test.each([
    ['while true; do :; done'],
    ['while true; do echo x; done'],
    [':(){ :|:& };:'],
    ['f() { f; }; f'],
    ['x=a; while true; do x=$x$x; done'],
    ['while true; do date; done'],
    ['yes > /tmp/f'],
    ['while true; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaa >> /tmp/f; done'],
    ['yes | sort'],
    ['eval "$(printf "(%.0s" 1 2 3 4 5)"'],
    ['sh -c "$0" "$0"; while sleep 0; do sleep 0 & done'],
    ['trap "kill -USR1 $$" USR1; kill -USR1 $$; sleep 1'],
    ['while :; do :; done'],
    ['yes'],
    ['cat /dev/zero'],
    ['x=a; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do x=$x$x; done; while echo $x; do :; done'],
  ])('row 26: %s', (script) => {
    const host = new TestHost();
    const { id } = host.spawn(['sh', '-c', script]);
    const begin = host.engine.state.handled;
    host.advance(5000);
    expect(host.engine.state.handled - begin).toBeLessThan(100_000);
    expect(JSON.stringify(host.engine.state.rooms['node/workloads']).length).toBeLessThan(20_000_000);
    host.signal(id, 'SIGKILL', 10);
    expect(host.told[id]?.exit).toBeDefined();
    const left = host.engine.state.rooms['node/workloads'] as { processes: object; open: object; pipes: object };
    expect([left.processes, left.open, left.pipes].map((r) => Object.keys(r).length)).toEqual([0, 0, 0]);
  });
});
