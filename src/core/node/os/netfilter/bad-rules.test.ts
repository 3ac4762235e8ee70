import { expect, test } from 'vitest';
import { maxJumps } from './iptables/evaluate.ts';
import { walkText } from './walk-text.ts';

const packet = { protocol: 'tcp', src: '203.0.113.2', sport: 4000, dst: '10.0.0.1', dport: 80 } as const;
const walk = (text: string) => walkText({ text, packet, localAddresses: ['10.0.0.1'] });
const filter = (chains: readonly string[], ...rules: string[]): string =>
  `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${chains.map((c) => `:${c} - [0:0]\n`).join('')}${rules.map((r) => `${r}\n`).join('')}COMMIT\n`;
const named = (n: number): string[] => Array.from({ length: n }, (_, i) => `C${i}`);

test('row 23: jump cycles: to itself, of two, of a hundred', () => {
  for (const n of [1, 2, 100]) {
    const names = named(n);
    const text = filter(names, '-A INPUT -j C0', ...names.map((name, i) => `-A ${name} -j ${names[(i + 1) % n]}`));
    const { error, steps } = walk(text);
    expect(error, `${n}`).toMatch(n < maxJumps ? /Too many levels of symbolic links/ : /Too many l/);
    expect(steps).toEqual([]);
  }
});

test('row 23: chains that jump 512 deep', () => {
  const names = named(512);
  expect(walk(filter(names, '-A INPUT -j C0', ...names.slice(1).map((name, i) => `-A C${i} -j ${name}`), '-A C511 -j DROP')).error).toMatch(
    /Too many|more than/,
  );
  const nft = `table ip t {\n\tchain in {\n\t\ttype filter hook input priority 0; policy accept;\n\t\tjump c0\n\t}\n${named(512)
    .map((_, i) => `\tchain c${i} {\n\t\t${i < 511 ? `jump c${i + 1}` : 'drop'}\n\t}\n`)
    .join('')}}\n`;
  expect(walk(nft).error).toContain('Error: Could not process rule: Too many links (more than 16 jumps: ');
  const deep = named(maxJumps - 4);
  expect(walk(filter(deep, '-A INPUT -j C0', ...deep.slice(1).map((name, i) => `-A C${i} -j ${name}`), `-A C${deep.length - 1} -j DROP`)).verdict).toBe('DROP');
});

test('words are told apart before any command is carried out: a string that is not closed is what is wrong, however early something else is', () => {
  const table = 'table ip t {\n\tchain in {\n\t\ttype filter hook input priority 0; policy accept;\n\t}\n}\n';
  expect(walk(`${table}add nonsense\n\n"never ends\n${'# more\n'.repeat(3)}`).error).toContain(
    '/dev/stdin:8:1-1: Error: syntax error, unexpected string without end',
  );
  expect(walk(`${table}add rule ip t in counter comment "open\n`).error).toContain('/dev/stdin:6:1-1: Error: syntax error, unexpected string without end');
  expect(walk(`${table}add rule ip t nowhere drop\n`).error).toContain('No such file or directory');
});

test('row 23: a million rules: the bound is named', () => {
  const text = filter([], '-A INPUT -s 10.9.9.9/32 -j DROP\n'.repeat(1_000_000).trimEnd());
  expect(walk(text).error).toMatch(/more than 600000 rules/);
});

test('row 23: every rule doubles the way: what is looked at is bounded', () => {
  const names = named(maxJumps - 2);
  const twice = names.slice(0, -1).flatMap((name, i) => [`-A ${name} -j C${i + 1}`, `-A ${name} -j C${i + 1}`]);
  const { rulesLookedAt, steps, verdict, error } = walk(filter(names, '-A INPUT -j C0', ...twice, `-A C${names.length - 1} -p udp -j DROP`));
  expect(error === undefined || error !== '' || verdict !== '').toBe(true);
  expect(rulesLookedAt).toBeLessThanOrEqual(200_000);
  expect(steps.length).toBeLessThanOrEqual(200_000);
});

test.each([
  ['-A INPUT -m bpf --bytecode x -j DROP', "Couldn't load match `bpf':No such file or directory", 4],
  ['-A INPUT -m __proto__ -j DROP', "Couldn't load match `__proto__'", 4],
  ['-A INPUT -j constructor', 'constructor', 4],
  ['-A INPUT -p tcp --nonsense 1 -j DROP', 'unknown option "--nonsense"', 4],
  ['frobnicate', '', 4],
])('row 23: %s is named with its line', (rule, words, line) => {
  const { error } = walk(`*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j ACCEPT\n${rule}\nCOMMIT\n`);
  expect(error).toContain(words);
  expect(error).toMatch(new RegExp(`line:? ${line}\\b`));
});

test.each([
  ['*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j DROP\n', /COMMIT expected at line 4/],
  ['*filter\n:INPUT', /line:? 2|COMMIT/],
  [':INPUT ACCEPT\n', /line:? 1/],
  ['table ip t {\n\tchain c {\n', /^\/dev\/stdin:\d+:.*Error: syntax error/],
  ['*filter\n', /COMMIT expected/],
])('row 23: half a table: %j', (text, words) => {
  expect(walk(text).error).toMatch(words);
});
