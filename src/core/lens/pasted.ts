/** A rule set that somebody pasted: what of it cannot be read, line by line, and the way of a packet through it. */

import { givenDraws } from '../node/os/netfilter/draws.ts';
import type { Tables } from '../node/os/netfilter/iptables/tables.ts';
import type { Namespace } from '../node/os/netfilter/state.ts';
import { packetError } from '../node/os/netfilter/walk.ts';
import { loadText, walkRules } from '../node/os/netfilter/walk-text.ts';
import { compact } from './counts.ts';
import { drawsOf } from './journey.ts';
import type { Pasted, PastedPacket } from './questions.ts';

/** Characters of a text that is looked at. */
export const mostCharacters = 32 * 1024 * 1024;
/** Lines that are told to be wrong. */
const mostProblems = 50;
/** Longer texts are read once: the first line that is wrong is told. */
const longLines = 20_000;

export function pasted(text: string, packet: PastedPacket, without: boolean): Pasted {
  const out: Pasted = { form: '', tables: 0, chains: 0, rules: 0, problems: [], more: false, answer: null };
  if (typeof text !== 'string' || text.trim() === '') return out;
  if (text.length > mostCharacters)
    return { ...out, problems: [{ line: 1, text: '', message: `longer than ${mostCharacters} characters: not read` }], more: true };
  const problem = packetError(packet);
  if (problem) return { ...out, problems: [{ line: 0, text: '', message: problem }] };
  const family = packet.src.includes(':') ? 'IPv6' : 'IPv4';
  const lines = text.split('\n');
  let ns = loadText(text, family);
  out.form = /^\s*(?:#.*\n\s*)*(?:table|add|create|flush|delete|destroy)\b/.test(text.slice(0, 4000)) ? 'nft' : 'iptables-save';
  while (typeof ns === 'string') {
    const line = ruleLine(ns, lines) || lineOf(ns);
    const known = line > 0 && line <= lines.length ? (lines[line - 1] as string) : '';
    out.problems.push({ line, text: known.slice(0, 500), message: sentence(ns) });
    if (out.problems.length >= mostProblems || lines.length > longLines || !takeOut(lines, line, out.form)) {
      out.more = true;
      return out;
    }
    ns = loadText(lines.join('\n'), family);
  }
  out.problems.sort((a, b) => a.line - b.line);
  count(out, ns, family);
  if (out.problems.length > 0 && !without) return out;
  const answer = walkRules(ns, packet, packet.localAddresses ?? [], givenDraws(drawsOf(packet.seed), ns));
  out.answer = { ...answer, steps: compact(answer.steps) };
  return out;
}

/** `line 5`, `at line: 5`, `/dev/stdin:5:3-9`; 0: none is named. */
const lineOf = (error: string): number =>
  Number(
    /(?:^|\n)line (\d+):|at line:? (\d+)|^\/dev\/stdin:(\d+):/
      .exec(error)
      ?.slice(1)
      .find((n) => n !== undefined) ?? 0,
  );

/** The kernel names the last line of the chain: here the rule itself is looked for. 0: it is not about a rule's target. */
function ruleLine(error: string, lines: readonly string[]): number {
  const about = /rule in chain (\S+) \(chain (\S+) does not exist\)/.exec(error) ?? /rule in chain (\S+) \((\S+) is a built-in chain\)/.exec(error);
  if (!about) return 0;
  const [, chain, target] = about;
  return (
    lines.findIndex((line) => {
      const words = line.trim().split(/\s+/);
      const jump = words.findIndex((w) => w === '-j' || w === '-g' || w === '--jump' || w === '--goto');
      return words[1] === chain && jump > 0 && words[jump + 1] === target;
    }) + 1
  );
}

/** What the tool says of the line, without its name, the line's number and the hint. */
function sentence(error: string): string {
  const lines = error
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(?:Try `|Error occurred at line)/.test(line));
  const first = (lines[0] ?? '').replace(/^ip6?tables-restore(?: v[\d.]+ \(nf_tables\))?: ?/, '').replace(/^\/dev\/stdin:[\d:-]+ /, '');
  return (first || (lines[1] ?? '')).replace(/^line \d+: /, '');
}

/** Blanks a line, so that the next wrong one is met. False: what follows would hang on it. */
function takeOut(lines: string[], line: number, form: string): boolean {
  const text = lines[line - 1];
  if (text === undefined || text.trim() === '') return false;
  if (form === 'nft' && /[{}]/.test(text.replace(/\{[^{}]*\}/g, ''))) return false;
  lines[line - 1] = form === 'nft' ? '' : '#';
  if (text.startsWith('*'))
    for (let i = line; i < lines.length; i += 1) {
      const end = lines[i]?.trim() === 'COMMIT';
      lines[i] = '#';
      if (end) break;
    }
  return true;
}

function count(out: Pasted, ns: Namespace, family: 'IPv4' | 'IPv6'): void {
  const tables: Tables = ns.iptables[family];
  for (const name in tables) {
    out.tables += 1;
    out.chains += tables[name]?.chains.size ?? 0;
    out.rules += tables[name]?.ruleCount ?? 0;
  }
  for (const key in ns.nft) {
    out.tables += 1;
    out.chains += ns.nft[key]?.chains.size ?? 0;
    out.rules += ns.nft[key]?.ruleCount ?? 0;
  }
}
