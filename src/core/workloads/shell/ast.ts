/** The shell's syntax tree as this machine runs it: plain JSON, shared (frozen) by every process that runs it. */

export type Part =
  /** Text. `q`: quoted, so it neither splits nor globs. */
  | { t: 'lit'; s: string; q: boolean }
  | { t: 'tilde'; user: string }
  | { t: 'param'; name: string; q: boolean; length?: true; indirect?: true; index?: Word; op?: string; arg?: Word; arg2?: Word }
  | { t: 'cmd'; body: Node; q: boolean }
  | { t: 'arith'; x: Arith; q: boolean }
  /** `{a,b}` or `{1..3}` of bash, as written. */
  | { t: 'brace'; s: string };

export type Word = Part[];

export type Arith =
  | { a: 'num'; v: number }
  | { a: 'var'; name: string; index?: Arith }
  | { a: 'word'; w: Word }
  | { a: 'un'; op: string; x: Arith; prefix: boolean }
  | { a: 'bin'; op: string; l: Arith; r: Arith }
  | { a: 'if'; test: Arith; yes: Arith; no: Arith };

export interface Redir {
  fd: number;
  op: '>' | '>>' | '<' | '<>' | '<&' | '>&' | '&>' | '&>>' | 'here';
  target: Word;
}

export interface Assign {
  name: string;
  index?: Word;
  append: boolean;
  value?: Word;
  array?: Word[];
}

export type Test = { e: 'un'; op: string; w: Word } | { e: 'bin'; op: string; l: Word; r: Word } | { e: 'and' | 'or'; items: Test[] } | { e: 'not'; x: Test };

export type Node =
  | { k: 'seq'; items: { n: Node; bg: boolean }[] }
  | { k: 'andor'; items: Node[]; ops: string[] }
  | { k: 'pipe'; items: Node[]; bang: boolean; both: boolean[] }
  | { k: 'cmd'; assigns: Assign[]; words: Word[]; redirs: Redir[]; line: number }
  | { k: 'redir'; body: Node; redirs: Redir[] }
  | { k: 'if'; arms: { test: Node; body: Node }[]; else?: Node }
  | { k: 'for'; name: string; words?: Word[]; body: Node }
  | { k: 'cfor'; init?: Arith; test?: Arith; update?: Arith; body: Node }
  | { k: 'while'; until: boolean; test: Node; body: Node }
  | { k: 'case'; word: Word; items: { patterns: Word[]; body: Node; end: string }[] }
  | { k: 'sub'; body: Node }
  | { k: 'func'; name: string; body: Node }
  | { k: 'test'; x: Test }
  | { k: 'arith'; x: Arith }
  | { k: 'unsupported'; what: string };

/** One plain command, for `sh -c` to replace itself with. */
export function onlyCommand(node: Node): Node | undefined {
  if (node.k === 'cmd') return node.words.length > 0 ? node : undefined;
  if (node.k !== 'seq' || node.items.length !== 1 || node.items[0]?.bg) return undefined;
  return onlyCommand((node.items[0] as { n: Node }).n);
}
