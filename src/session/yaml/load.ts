/** Multi-document YAML (and JSON) to plain objects, with the place of every field. Bounded; never runs code; `__proto__` stays a plain key. */
import { type Document, isAlias, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml';
import { checkBounds, maxDepth, maxNodes } from './bounds.ts';

export interface YamlProblem {
  /** From 1. */
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
  message: string;
}

export interface YamlDocument {
  object: unknown;
  /** First and last line of the document's content, from 1. */
  line: number;
  endLine: number;
  /** The place of `spec.containers[0].image`, or of its nearest ancestor that is written. `exact` tells which. */
  placeOf(path: string): { line: number; column: number; endLine: number; endColumn: number; exact: boolean };
}

export interface YamlText {
  documents: YamlDocument[];
  problems: YamlProblem[];
}

/** Parses `text`. With a problem there are no documents: nothing is applied by halves. Empty documents are left out. */
export function loadYaml(text: string): YamlText {
  const bound = checkBounds(text);
  if (bound) return { documents: [], problems: [{ ...bound, endLine: bound.line, endColumn: bound.column + 1 }] };
  const lineCounter = new LineCounter();
  const source = text.startsWith('\ufeff') ? text.slice(1) : text;
  const place = (from: number, to: number) => {
    const [a, b] = [lineCounter.linePos(from), lineCounter.linePos(Math.max(from, to))];
    return { line: Math.max(1, a.line), column: Math.max(1, a.col), endLine: Math.max(1, b.line), endColumn: Math.max(1, b.col) };
  };
  const problems: YamlProblem[] = [];
  const documents: YamlDocument[] = [];
  let parsed: Document[];
  try {
    const all = parseAllDocuments(source, { lineCounter, uniqueKeys: false, version: '1.2', schema: 'core', prettyErrors: false, strict: true });
    parsed = Array.isArray(all) ? (all as unknown as Document[]) : [];
  } catch (error) {
    return { documents: [], problems: [{ ...place(0, 1), message: error instanceof Error ? error.message : String(error) }] };
  }
  for (const document of parsed) {
    for (const error of [...document.errors, ...document.warnings]) problems.push({ ...place(error.pos[0], error.pos[1]), message: error.message });
    if (document.errors.length + document.warnings.length > 0 || !document.contents) continue;
    try {
      const object = new Converter().convert(document.contents as Node, 0);
      if (object === null) continue;
      const range = (document.contents as Node).range ?? [0, 0, 0];
      const where = place(range[0], range[1]);
      documents.push({ object, line: where.line, endLine: lastLine(source, where, range[1], place), placeOf: (path) => placeOf(document, path, place) });
    } catch (error) {
      if (!(error instanceof YamlLimit)) throw error;
      problems.push({ ...place(error.from, error.to), message: error.message });
    }
  }
  return problems.length > 0 ? { documents: [], problems } : { documents, problems };
}

type Place = (from: number, to: number) => { line: number; column: number; endLine: number; endColumn: number };

/** A block ends where the next token begins: trailing blank lines are not part of it. */
function lastLine(source: string, where: { line: number }, end: number, place: Place): number {
  let last = Math.min(end, source.length);
  while (last > 0 && /\s/.test(source[last - 1] as string)) last -= 1;
  return Math.max(where.line, place(Math.max(0, last - 1), last).line);
}

class YamlLimit extends Error {
  readonly from: number;
  readonly to: number;
  constructor(message: string, node: Node | undefined) {
    super(message);
    this.from = node?.range?.[0] ?? 0;
    this.to = node?.range?.[1] ?? 1;
  }
}

/** Node to plain value. Aliases are expanded as copies, counted against `maxNodes`. */
class Converter {
  private nodes = 0;
  private readonly open = new Set<Node>();
  /** The newest definition of each anchor so far, as aliases mean it. */
  private readonly anchors = new Map<string, Node>();

  convert(node: Node | null | undefined, depth: number): unknown {
    if (node === null || node === undefined) return null;
    this.nodes += 1;
    if (this.nodes > maxNodes) throw new YamlLimit(`more than ${maxNodes} values once aliases are expanded`, node);
    if (depth > maxDepth) throw new YamlLimit(`nested more than ${maxDepth} levels deep`, node);
    if (isAlias(node)) {
      const target = this.anchors.get(node.source);
      if (!target) throw new YamlLimit(`unknown anchor '${node.source}' referenced`, node);
      if (this.open.has(target)) throw new YamlLimit(`anchor '${node.source}' value contains itself`, node);
      return this.convert(target, depth);
    }
    if ('anchor' in node && typeof node.anchor === 'string') this.anchors.set(node.anchor, node);
    if (isScalar(node)) return this.scalar(node.value, node);
    this.open.add(node);
    const value = isSeq(node) ? node.items.map((item) => this.convert(item as Node, depth + 1)) : this.map(node, depth);
    this.open.delete(node);
    return value;
  }

  private scalar(value: unknown, node: Node): unknown {
    if (typeof value === 'bigint') return Number(value);
    if (typeof value === 'number' && !Number.isFinite(value)) throw new YamlLimit(`${String(value)} has no place in JSON`, node);
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
    throw new YamlLimit('only strings, numbers, booleans, lists and maps are read', node);
  }

  private map(node: Node, depth: number): unknown {
    if (!isMap(node)) throw new YamlLimit('only strings, numbers, booleans, lists and maps are read', node);
    const out: Record<string, unknown> = {};
    const seen = new Set<string>();
    const merges: unknown[] = [];
    for (const pair of node.items) {
      if (!isPair(pair)) continue;
      const keyNode = pair.key as Node;
      const raw = this.convert(keyNode, depth + 1);
      if (typeof raw === 'object' && raw !== null) throw new YamlLimit('a key must be a plain value', keyNode);
      const key = raw === null ? 'null' : String(raw);
      if (key === '<<' && isScalar(keyNode) && keyNode.type === 'PLAIN') {
        const merged = this.convert(pair.value as Node, depth + 1);
        merges.push(...(Array.isArray(merged) ? merged : [merged]));
        continue;
      }
      if (seen.has(key)) throw new YamlLimit(`key ${JSON.stringify(key)} already set in map`, keyNode);
      seen.add(key);
      put(out, key, this.convert(pair.value as Node, depth + 1));
    }
    for (const merged of merges) {
      if (typeof merged !== 'object' || merged === null || Array.isArray(merged))
        throw new YamlLimit('map merge requires map or sequence of maps as the value', node);
      for (const key of Object.keys(merged)) if (!seen.has(key)) put(out, key, (merged as Record<string, unknown>)[key]);
    }
    return out;
  }
}

function put(out: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(out, key, { value, enumerable: true, configurable: true, writable: true });
  else out[key] = value;
}

/** `spec.containers[0].ports[1]` and `metadata.annotations[a.b/c]` → keys. */
export function pathParts(path: string): (string | number)[] {
  const parts: (string | number)[] = [];
  for (const m of path.matchAll(/\[(?:(\d+)|"?([^\]"]*)"?)\]|([^.[\]]+)/g)) parts.push(m[1] !== undefined ? Number(m[1]) : ((m[2] ?? m[3]) as string));
  return parts;
}

function placeOf(document: Document, path: string, place: Place): ReturnType<YamlDocument['placeOf']> {
  let node = document.contents as Node | null;
  let best: Node | null = node;
  let exact = true;
  for (const part of pathParts(path.slice(0, 2000))) {
    if (isAlias(node)) node = node.resolve(document) ?? null;
    if (isMap(node)) {
      const pair = node.items.find((p) => isPair(p) && isScalar(p.key) && String(p.key.value) === String(part));
      if (!pair) {
        exact = false;
        break;
      }
      best = pair.key as Node;
      node = pair.value as Node | null;
    } else if (isSeq(node) && typeof part === 'number' && part < node.items.length) {
      node = node.items[part] as Node;
      best = node;
    } else {
      exact = false;
      break;
    }
  }
  // A whole nested block would colour half the page: a place is one line.
  const range = best?.range ?? [0, 1, 1];
  const at = place(range[0], range[1]);
  if (isScalar(node) && exact && node.range) {
    const value = place(node.range[0], node.range[1]);
    return {
      line: at.line,
      column: at.column,
      endLine: value.line === at.line ? value.endLine : at.line,
      endColumn: value.line === at.line ? value.endColumn : at.endColumn,
      exact,
    };
  }
  return { line: at.line, column: at.column, endLine: at.line, endColumn: at.endLine === at.line ? at.endColumn : at.column + 1, exact };
}
