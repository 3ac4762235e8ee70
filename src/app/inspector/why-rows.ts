/** The Why chain as rows: messages newest first, then the line of the manifest that decided. */
import type { MessageKind } from '../../core/index.ts';
import type { WhyStep } from '../../session/protocol.ts';

export interface WhyRow {
  key: string;
  atMs: number;
  kind: MessageKind;
  /** In bold: who, or to whom. */
  who: string;
  text: string;
  /** A command or fault of a person: the end of the chain when no line is. */
  decided: boolean;
}
/** `line` null: a default of Kubernetes, or written elsewhere. */
export interface WhyLine {
  line: number | null;
  path: string;
  text: string;
  /** When it decided. */
  atMs: number;
}

const kinds = new Set<string>(['api', 'cri', 'probe', 'cni', 'tcp', 'udp', 'signal', 'command', 'mount', 'rules']);
const most = 12;

export function whyRows(steps: readonly WhyStep[]): { rows: WhyRow[]; decided: WhyLine | null; hidden: number } {
  const rows = steps.map((step, i): WhyRow => {
    const colon = step.text.indexOf(': ');
    const named = colon > 0 && colon < 70;
    return {
      key: `${step.seq}-${i}`,
      atMs: step.atMs,
      kind: kinds.has(step.kind) ? (step.kind as MessageKind) : 'internal',
      who: named ? step.text.slice(0, colon) : '',
      text: named ? step.text.slice(colon + 2) : step.text,
      decided: step.kind === 'command',
    };
  });
  const step = steps.find((one) => one.field && one.field.line !== null) ?? steps.find((one) => one.field);
  const decided = step?.field ? { line: step.field.line, path: step.field.path, text: step.field.text, atMs: step.atMs } : null;
  if (rows.length <= most) return { rows, decided, hidden: 0 };
  // The newest and where it began tell most.
  return { rows: [...rows.slice(0, most - 2), ...rows.slice(-2)], decided, hidden: rows.length - most };
}
