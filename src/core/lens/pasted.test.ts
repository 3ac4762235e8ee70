import { expect, test } from 'vitest';
import { pasted } from './pasted.ts';
import type { PastedPacket } from './questions.ts';

const packet: PastedPacket = { protocol: 'tcp', src: '203.0.113.2', sport: 4000, dst: '10.0.0.1', dport: 80, localAddresses: ['10.0.0.1'], seed: 1 };
const filter = (...rules: string[]): string =>
  `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${rules.map((r) => `${r}\n`).join('')}COMMIT\n`;

test('walks a packet through pasted rules', () => {
  const p = pasted(filter('-A INPUT -p udp -j ACCEPT', '-A INPUT -p tcp -m tcp --dport 80 -j DROP'), packet, false);
  expect(p).toMatchObject({ form: 'iptables-save', tables: 1, chains: 3, rules: 2, problems: [], answer: { verdict: 'DROP', rulesLookedAt: 2 } });
  const nft = 'table ip x {\n\tchain input {\n\t\ttype filter hook input priority filter; policy accept;\n\t\ttcp dport 80 reject\n\t}\n}\n';
  expect(pasted(nft, packet, false)).toMatchObject({ form: 'nft', rules: 1, answer: { verdict: 'REJECT icmp-port-unreachable' } });
});

test('names every line that it cannot read, and walks only when told to leave them out', () => {
  const text = filter('-A INPUT -m bpf --bytecode x -j DROP', '-A INPUT -s nowhere -j DROP', '-A INPUT -j TARPIT', '-A INPUT -j ACCEPT');
  const p = pasted(text, packet, false);
  expect(p.problems.map((x) => [x.line, x.message])).toEqual([
    [5, expect.stringContaining("Couldn't load match `bpf'")],
    [6, expect.stringContaining("host/network `nowhere' not found")],
    [7, expect.stringContaining('TARPIT')],
  ]);
  expect(p.problems[0]?.text).toBe('-A INPUT -m bpf --bytecode x -j DROP');
  expect(p.answer).toBeNull();
  expect(pasted(text, packet, true)).toMatchObject({ problems: { length: 3 }, answer: { verdict: 'ACCEPT', rulesLookedAt: 1 } });
});

test('unknown tables, circles, nonsense and emptiness', () => {
  expect(pasted('*weird\n:INPUT ACCEPT [0:0]\n-A INPUT -j DROP\nCOMMIT\n', packet, false).problems).toMatchObject([
    { line: 1, message: "The table 'weird' does not exist" },
  ]);
  expect(pasted(filter(':A - [0:0]', '-A INPUT -j A', '-A A -j A'), packet, false).problems[0]?.message).toMatch(/loop|Too many levels/);
  expect(pasted('hello', packet, false).problems).toHaveLength(1);
  expect(pasted('', packet, false)).toMatchObject({ form: '', problems: [], answer: null });
  expect(pasted('table ip x {\n\tchain y {\n\t\tfrobnicate\n\t}\n}\n', packet, false).problems).toMatchObject([{ line: 3 }]);
  expect(pasted(filter(), { ...packet, dst: 'x' }, false).problems[0]?.message).toBe('not an address: "x"');
});

test('a million rules are refused by name, not silently', () => {
  const text = filter(Array.from({ length: 600_001 }, () => '-A INPUT -s 1.2.3.4/32 -j DROP').join('\n'));
  expect(pasted(text, packet, false)).toMatchObject({ more: true, answer: null, problems: [{ message: expect.stringContaining('600000') }] });
}, 60_000);
