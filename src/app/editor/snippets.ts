/** Pieces of a manifest put where they belong: into the container at the cursor, or as a document of their own. */

export const snippetIds = ['readinessProbe', 'livenessProbe', 'startupProbe', 'resources', 'sidecar', 'service'] as const;
export type SnippetId = (typeof snippetIds)[number];

interface Block {
  /** Lines from 0, the end not included. */
  start: number;
  end: number;
  /** Of the container's own keys. */
  indent: number;
  /** The line of `containers:` and its indent. */
  key: number;
  keyIndent: number;
}

const indentOf = (line: string): number => /^ */.exec(line)?.[0].length ?? 0;
const blank = (line: string): boolean => /^\s*(#.*)?$/.test(line);

/** `line` from 1. null: there is no place for it, or it is there already. The result's `line` is where it begins. */
export function insertSnippet(text: string, line: number, id: SnippetId): { text: string; line: number } | null {
  const lines = text.replace(/\n+$/, '').split('\n');
  const [from, to] = documentOf(lines, line - 1);
  if (id === 'service') return service(lines, from, to);
  const blocks = containersOf(lines, from, to);
  const block = blocks.find((b) => line - 1 >= b.start && line - 1 < b.end) ?? blocks[0];
  if (!block) return null;
  if (id === 'sidecar') return sidecar(lines, from, to, block);
  const body = lines.slice(block.start, block.end);
  if (body.some((l) => new RegExp(`^\\s*(- )?${id}:`).test(l))) return null;
  const port = body.map((l) => /containerPort:\s*(\d+)/.exec(l)?.[1]).find((p) => p !== undefined) ?? '80';
  const pad = ' '.repeat(block.indent);
  const added =
    id === 'resources'
      ? [`${pad}resources:`, `${pad}  requests: { cpu: 100m, memory: 64Mi }`, `${pad}  limits: { memory: 128Mi }`]
      : [`${pad}${id}:`, `${pad}  httpGet: { path: /, port: ${port} }`, `${pad}  periodSeconds: 5`];
  let end = block.end;
  while (end > block.start && blank(lines[end - 1] as string)) end -= 1;
  return put(lines, end, added);
}

function put(lines: readonly string[], at: number, added: readonly string[]): { text: string; line: number } {
  return { text: `${[...lines.slice(0, at), ...added, ...lines.slice(at)].join('\n')}\n`, line: at + 1 };
}

function documentOf(lines: readonly string[], at: number): [number, number] {
  let from = Math.min(at, lines.length - 1);
  while (from > 0 && !/^---/.test(lines[from] as string)) from -= 1;
  let to = Math.min(at + 1, lines.length);
  while (to < lines.length && !/^---/.test(lines[to] as string)) to += 1;
  return [from, to];
}

function containersOf(lines: readonly string[], from: number, to: number): Block[] {
  const out: Block[] = [];
  for (let key = from; key < to; key += 1) {
    const found = /^(\s*(?:- )?)containers:\s*(#.*)?$/.exec(lines[key] as string);
    if (!found) continue;
    const keyIndent = (found[1] as string).length;
    let start = -1;
    let dash = -1;
    let at = key + 1;
    for (; at < to; at += 1) {
      const line = lines[at] as string;
      if (blank(line)) continue;
      const item = /^( *)- /.exec(line);
      const depth = indentOf(line);
      if (dash < 0) {
        if (!item || depth < keyIndent) break;
        dash = depth;
      }
      if (depth < dash || (depth === dash && !item)) break;
      if (depth === dash && item) {
        if (start >= 0) out.push({ start, end: at, indent: dash + 2, key, keyIndent });
        start = at;
      }
    }
    if (start >= 0) out.push({ start, end: at, indent: dash + 2, key, keyIndent });
  }
  return out;
}

/** A container that starts before the others and stays: restartPolicy Always among the init containers. */
function sidecar(lines: readonly string[], from: number, to: number, block: Block): { text: string; line: number } {
  const pad = ' '.repeat(block.keyIndent);
  const item = [
    `${pad}- name: sidecar`,
    `${pad}  image: busybox:1.36`,
    `${pad}  restartPolicy: Always`,
    `${pad}  command: [sh, -c, "while true; do sleep 5; done"]`,
  ];
  for (let at = from; at < to; at += 1)
    if (new RegExp(`^ {${block.keyIndent}}initContainers:\\s*$`).test(lines[at] as string)) {
      const deeper = /^( *)- /.exec(lines[at + 1] ?? '')?.[1]?.length ?? block.keyIndent;
      return put(
        lines,
        at + 1,
        item.map((l) => ' '.repeat(Math.max(0, deeper - block.keyIndent)) + l),
      );
    }
  return put(lines, block.key, [`${pad}initContainers:`, ...item]);
}

/** A Service that selects the pods of this document by their labels. */
function service(lines: readonly string[], from: number, to: number): { text: string; line: number } | null {
  const labels = labelsOf(lines, from, to);
  if (labels.length === 0) return null;
  const body = lines.slice(from, to);
  const name = body
    .map((l) => /^ {2}name:\s*["']?([a-z0-9.-]+)/.exec(l)?.[1] ?? /^metadata:\s*\{.*\bname:\s*["']?([a-z0-9.-]+)/.exec(l)?.[1])
    .find((n) => n !== undefined);
  const port = body.map((l) => /containerPort:\s*(\d+)/.exec(l)?.[1]).find((p) => p !== undefined) ?? '80';
  const added = [
    '---',
    'apiVersion: v1',
    'kind: Service',
    'metadata:',
    `  name: ${name ?? 'service'}`,
    'spec:',
    `  selector: { ${labels.join(', ')} }`,
    '  ports:',
    `  - port: ${port === '80' ? '80' : port}`,
  ];
  return put(lines, to, added);
}

/** The last labels of a document are its pods'. */
function labelsOf(lines: readonly string[], from: number, to: number): string[] {
  for (let at = to - 1; at >= from; at -= 1) {
    const found = /^(.*\b)labels:\s*(.*)$/.exec(lines[at] as string);
    if (!found) continue;
    const flow = /^\{(.*?)\}/.exec(found[2] as string);
    if (flow)
      return (flow[1] as string)
        .split(',')
        .map((l) => l.trim())
        .filter((l) => l !== '');
    const out: string[] = [];
    const depth = indentOf(lines[at] as string);
    for (let i = at + 1; i < to && (blank(lines[i] as string) || indentOf(lines[i] as string) > depth); i += 1)
      if (!blank(lines[i] as string)) out.push((lines[i] as string).trim());
    return out;
  }
  return [];
}
