/** An object as the API server stored it, line by line: which lines the manifest wrote, which are defaults. */
import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { printYaml } from './print.ts';

/** `changed`: written with another value. */
export interface StoredLine {
  text: string;
  of: 'written' | 'default' | 'changed';
}

type Fields = Record<string, unknown>;

export function storedLines(stored: object, written: unknown): StoredLine[] {
  const { status: _status, ...rest } = stored as Fields;
  const metadata = { ...(rest.metadata as Fields) };
  delete metadata.managedFields;
  const yaml = printYaml({ ...rest, metadata }).trimEnd();
  const lines: StoredLine[] = yaml.split('\n').map((text) => ({ text, of: 'written' }));
  const counter = new LineCounter();
  const lineOf = (offset: number): number => counter.linePos(offset).line;
  const mark = (from: number, to: number, of: StoredLine['of']): void => {
    for (let line = from; line <= Math.min(to, lines.length); line += 1) (lines[line - 1] as StoredLine).of = of;
  };
  const ends = (node: Node | null): number => {
    const end = node?.range?.[1] ?? 0;
    // A block's end is where the next line begins.
    return lineOf(Math.max(0, yaml[end - 1] === '\n' ? end - 1 : end));
  };
  const walk = (node: Node | null, value: unknown): void => {
    if (isMap(node)) {
      for (const pair of node.items) {
        if (!isPair(pair) || !isScalar(pair.key)) continue;
        const own = typeof value === 'object' && value !== null ? (value as Fields)[String(pair.key.value)] : undefined;
        at(lineOf((pair.key as Node).range?.[0] ?? 0), pair.value as Node | null, own);
      }
    } else if (isSeq(node)) {
      const list = Array.isArray(value) ? value : [];
      for (const [i, item] of (node.items as Node[]).entries()) {
        const name = isMap(item) ? item.get('name') : undefined;
        const own = name === undefined ? list[i] : (list.find((one) => (one as Fields | null)?.name === name) ?? (list[i] as unknown));
        at(lineOf(item.range?.[0] ?? 0), item, own);
      }
    }
  };
  const at = (line: number, node: Node | null, own: unknown): void => {
    if (own === undefined || own === null) mark(line, Math.max(line, ends(node)), 'default');
    else if (isScalar(node)) {
      if (typeof own === 'object' || String(node.value) !== String(own)) mark(line, Math.max(line, ends(node)), 'changed');
    } else walk(node, own);
  };
  walk(parseDocument(yaml, { lineCounter: counter, version: '1.1' }).contents as Node | null, written);
  return lines;
}
