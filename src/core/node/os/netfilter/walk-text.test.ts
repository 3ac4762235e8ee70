import { describe, expect, test } from 'vitest';
import type { HookEnvironment, Skb } from '../hooks.ts';
import { runHook } from './hook.ts';
import { loadText, walkText } from './walk-text.ts';

const env = { ctx: { nowMs: 0 }, isLocal: () => false, sysctl: () => '', addresses: () => [], route: () => null } as unknown as HookEnvironment;

const packet = { protocol: 'tcp', src: '203.0.113.2', sport: 4000, dst: '10.0.0.1', dport: 80 } as const;
const filter = (...rules: string[]): string =>
  `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${rules.map((r) => `${r}\n`).join('')}COMMIT\n`;
const walk = (text: string, more: Partial<typeof packet> = {}, draws?: number[]) =>
  walkText({ text, packet: { ...packet, ...more }, localAddresses: ['10.0.0.1'], ...(draws ? { draws } : {}) });

describe('a pasted rule set', () => {
  test('says why rules do not match, and what decided', () => {
    const answer = walk(
      filter('-A INPUT -s 10.0.0.0/8 -j ACCEPT', '-A INPUT -p udp -j ACCEPT', '-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT', '-A INPUT -j DROP'),
    );
    expect(answer).toMatchObject({ verdict: 'DROP', rulesLookedAt: 4, masquerade: false });
    expect(answer.steps.filter((s) => s.kind === 'rule').map((s) => [s.matched, s.detail])).toEqual([
      [false, 'source is 203.0.113.2'],
      [false, 'protocol is tcp'],
      [false, 'destination port is 80'],
      [true, undefined],
    ]);
  });

  test('names what it does not know, with the line', () => {
    expect(walk(filter('-A INPUT -m bpf --bytecode x -j DROP')).error).toBe(
      "iptables-restore v1.8.9 (nf_tables): Couldn't load match `bpf':No such file or directory\n\nError occurred at line: 5\nTry `iptables-restore -h' or 'iptables-restore --help' for more information.",
    );
    expect(walk(filter('-A INPUT -p tcp --nonsense 1 -j DROP')).error).toContain('unknown option "--nonsense"\nError occurred at line: 5');
    expect(walk(filter('-A INPUT -s nowhere -j DROP')).error).toContain("host/network `nowhere' not found");
    expect(walk(filter('-A INPUT -j NOWHERE')).error).toContain(
      'line 5: RULE_APPEND failed (No such file or directory): rule in chain INPUT (chain NOWHERE does not exist)',
    );
    expect(walk('table ip x {\n\tchain y {\n\t\tip saddr 1.2.3.4 frobnicate\n\t}\n}\n').error).toMatch(
      /^\/dev\/stdin:3:20-29: Error: syntax error, unexpected frobnicate\n/,
    );
    expect(walk('add rule ip no such drop\n').error).toMatch(/^\/dev\/stdin:1:13-14: Error: Could not process rule: No such file or directory\n/);
    expect(walk('*filter\n:INPUT ACCEPT [0:0]\n').error).toBe('iptables-restore: COMMIT expected at line 3');
  });

  test('refuses circles and ladders', () => {
    const circle = filter(':A - [0:0]', ':B - [0:0]', '-A INPUT -j A', '-A A -j B', '-A B -j A');
    expect(walk(circle).error).toMatch(/Too many levels of symbolic links.*loop: .*A → B → A|Too many levels of symbolic links.*loop: B → A → B/);
    const names = Array.from({ length: 20 }, (_, i) => `C${i}`);
    const ladder = filter(...names.map((n) => `:${n} - [0:0]`), '-A INPUT -j C0', ...names.slice(1).map((n, i) => `-A C${i} -j ${n}`), '-A C19 -j DROP');
    expect(walk(ladder).error).toContain('Too many links');
    expect(walk('table ip x {\n\tchain a {\n\t\tjump b\n\t}\n\tchain b {\n\t\tjump a\n\t}\n}\n').error).toContain('loop: a → b → a');
  });

  test('takes the choices it is given', () => {
    const nat = (rule: string): string =>
      `*nat\n:PREROUTING ACCEPT [0:0]\n:A - [0:0]\n:B - [0:0]\n-A PREROUTING -m statistic --mode random --probability 0.5 -j A\n-A PREROUTING -j B\n-A A -p tcp -j DNAT --to-destination 10.1.1.1:81\n-A B -p tcp -j DNAT --to-destination 10.1.1.2:81\n${rule}COMMIT\n`;
    expect(walk(nat(''), {}, [0.2]).endpoint).toBe('10.1.1.1:81');
    expect(walk(nat(''), {}, [0.7]).endpoint).toBe('10.1.1.2:81');
    const nft =
      'table ip x {\n\tchain pre {\n\t\ttype nat hook prerouting priority dstnat; policy accept;\n\t\ttcp dport 80 dnat ip to numgen random mod 3 map { 0 : 10.1.1.1 . 81, 1 : 10.1.1.2 . 81, 2 : 10.1.1.3 . 81 }\n\t}\n}\n';
    expect([0, 1, 2].map((n) => walk(nft, {}, [n]).endpoint)).toEqual(['10.1.1.1:81', '10.1.1.2:81', '10.1.1.3:81']);
  });

  test('an index gives what a linear walk gives', () => {
    const targets = ['LOG', 'LOG', 'MARK --set-xmark 0x1/0x1', 'DROP', 'A', 'RETURN'];
    const conditions = (i: number): string =>
      [`-d 10.0.${i % 3}.${i % 7}/32`, `-s 203.0.113.${i % 5}/32`, '! -d 10.0.1.1/32', '-d 10.0.0.0/16', ''][i % 5]! +
      [
        '',
        ` -p tcp -m tcp --dport ${80 + (i % 4)}`,
        ' -p tcp -m recent --set --name x -m tcp --dport 81',
        ' -p tcp -m tcp --dport 80:82',
        ' -p udp -m udp --dport 81',
      ][i % 4]!;
    for (let seed = 0; seed < 60; seed += 1) {
      const rules = Array.from({ length: 40 }, (_, k) => `-A INPUT ${conditions(k * 7 + seed * 13)} -j ${targets[(k * 5 + seed) % 6]}`.replace('  ', ' '));
      const ns = loadText(filter(':A - [0:0]', ...rules, '-A A -p tcp -m tcp --dport 83 -j DROP'), 'IPv4');
      if (typeof ns === 'string') throw new Error(ns);
      for (const dport of [80, 81, 83, 99]) {
        const [fast, slow] = [null, []].map((steps) => {
          const skb = {
            ...packet,
            dst: `10.0.${seed % 3}.1`,
            src: `203.0.113.${seed % 6}`,
            dport,
            flags: 'SYN',
            data: '',
            fin: false,
            flow: '',
            ttl: 64,
            mark: 0,
            netns: 'host',
            local: false,
            ctstate: 'NEW',
            orig: packet,
          } as Skb;
          const draws = { chance: () => true, pick: () => 0 };
          const { verdict, looked, by } = runHook(ns, 'INPUT', skb, env, { generation: 0, draws, live: false, steps, looseDevices: true });
          return { verdict, looked, by, mark: skb.mark };
        });
        expect(fast).toEqual(slow);
      }
    }
  });

  test('hostile names and texts', () => {
    expect(walk(filter(':__proto__ - [0:0]')).error).toContain("invalid chain name '__proto__'");
    expect(walk(filter(':constructor - [0:0]', '-A INPUT -j constructor', '-A constructor -j DROP')).verdict).toBe('DROP');
    expect(walk('*toString\nCOMMIT\n').error).toContain("The table 'toString' does not exist");
    expect(walk('table ip __proto__ {\n}\n').error).toContain('Error');
    expect(walk(filter('-A INPUT -m comment --comment "unclosed -j DROP')).error).toContain('Error occurred at line: 5');
    expect(walk(filter('-A INPUT'), { dst: 'nowhere' as never }).error).toBe('not an address: "nowhere"');
  });
});
