/** What happened up to now, as Markdown: for a ticket, a lesson, a talk. */
import type { LaneRecord, MarkRecord, PodRecord } from '../../core/index.ts';
import { stampText, timeText } from '../timebar/time-text.ts';
import { exportWords as t } from '../words/export.en.ts';

export interface TranscriptSource {
  title: string;
  url: string;
  nowMs: number;
  seed: number;
  mode: string;
  workers: number;
  manifest: string;
  marks: readonly MarkRecord[];
  lanes: readonly LaneRecord[];
  pods: readonly PodRecord[];
  shell: readonly { line: string; atMs: number; out: string; err: string }[];
}

/** Lines of "What happened"; older ones are counted. */
export const maxLines = 1000;

export function transcript(s: TranscriptSource): string {
  const happened = entries(s);
  const left = Math.max(0, happened.length - maxLines);
  const out = [`# ${plain(t.at(s.title || t.untitled, timeText(s.nowMs)))}`, '', t.run(s.seed, s.mode, s.workers), ''];
  if (s.url) out.push(`[${t.open}](${s.url})`, '');
  if (s.manifest.trim()) out.push(`## ${t.manifest}`, '', ...fence('yaml', s.manifest.trimEnd()), '');
  out.push(`## ${t.happened}`, '');
  if (left > 0) out.push(t.earlier(left), '');
  for (const { atMs, text } of happened.slice(left)) out.push(`- \`${stampText(atMs)}\` ${plain(text)}`);
  out.push('');
  if (s.pods.length > 0) {
    out.push(`## ${t.pods}`, '', `| ${t.columns.join(' | ')} |`, `|${t.columns.map(() => '---').join('|')}|`);
    for (const p of [...s.pods].sort((a, b) => (a.namespace + a.name < b.namespace + b.name ? -1 : 1)))
      out.push(`| ${[p.name, `${p.readyContainers}/${p.totalContainers}`, p.status, String(p.restarts), p.ip, p.node].map(plain).join(' | ')} |`);
    out.push('');
  }
  const shell = s.shell.filter((entry) => entry.atMs <= s.nowMs);
  if (shell.length > 0) {
    out.push(`## ${t.shell}`, '');
    for (const { line, atMs, out: printed, err } of shell)
      out.push(`\`${stampText(atMs)}\``, '', ...fence('console', `$ ${line}\n${printed}${err}`.trimEnd()), '');
  }
  return `${out.join('\n').trimEnd()}\n`;
}

function entries({ marks, lanes, nowMs }: TranscriptSource): { atMs: number; text: string }[] {
  const out: { atMs: number; text: string }[] = [];
  for (const m of marks)
    if (m.atMs <= nowMs)
      out.push({ atMs: m.atMs, text: m.kind === 'command' ? t.command(m.text) : m.kind === 'fault' || m.kind === 'fault-end' ? t.fault(m.text) : m.text });
  for (const lane of lanes) {
    if (!/^lane\/(pod|node)\//.test(lane.id)) {
      for (const tick of lane.ticks) if (tick.kind === 'exit' && tick.atMs <= nowMs) out.push({ atMs: tick.atMs, text: t.exit(lane.label, tick.text) });
      continue;
    }
    for (const { fromMs, state, word } of lane.intervals)
      if (fromMs <= nowMs) out.push({ atMs: fromMs, text: t.state(lane.label, state === 'ready' && word === 'Running' ? 'Running, ready' : word) });
  }
  return out.sort((a, b) => a.atMs - b.atMs);
}

/** Signs of Markdown and HTML in people's words stay signs. */
const plain = (text: string): string => text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>|#]/g, '\\$&');

/** A fence longer than any in the text. */
function fence(language: string, text: string): string[] {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const ticks = '`'.repeat(longest + 1);
  return [`${ticks}${language}`, text, ticks];
}
