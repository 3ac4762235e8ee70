/** Plain JSON as sigs.k8s.io/yaml writes it: keys sorted, block style, go-yaml v2's quoting and its folding at 80 columns. */

const bestWidth = 80;

export function toYaml(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `${scalar(value, 0, 0)}\n`;
  if (isEmpty(value)) return Array.isArray(value) ? '[]\n' : '{}\n';
  const out: string[] = [];
  if (Array.isArray(value)) sequence(value, 0, out, true);
  else mapping(value as Record<string, unknown>, 0, out, true);
  return out.join('');
}

const letters = /^[A-Za-z]+$/;

const isEmpty = (value: object): boolean => (Array.isArray(value) ? value.length === 0 : noKeys(value));

function noKeys(value: object): boolean {
  for (const key in value) if ((value as Record<string, unknown>)[key] !== undefined) return false;
  return true;
}

/** `first`: the indentation of the first line is written already. */
function mapping(map: Record<string, unknown>, indent: number, out: string[], first: boolean): void {
  const pad = ' '.repeat(indent);
  const keys = Object.keys(map).filter((key) => map[key] !== undefined);
  // Where keys are letters alone, natural order is the usual one.
  if (keys.every((key) => letters.test(key))) keys.sort();
  else keys.sort(naturalOrder);
  for (const [i, key] of keys.entries()) {
    const written = keyText(key);
    const complex = written.length > 128;
    const start = (i > 0 || !first ? pad : '') + (complex ? `? ${written}\n${pad}:` : `${written}:`);
    out.push(start);
    const column = complex ? indent + 1 : indent + written.length + 1;
    entry(map[key], indent, column, out);
  }
}

/** A value after `key:`. */
function entry(value: unknown, indent: number, column: number, out: string[]): void {
  if (typeof value === 'object' && value !== null && !isEmpty(value)) {
    out.push('\n');
    if (Array.isArray(value)) sequence(value, indent, out, false);
    else mapping(value as Record<string, unknown>, indent + 2, out, false);
    return;
  }
  out.push(' ', scalar(value, indent + 2, column + 1), '\n');
}

function sequence(list: unknown[], indent: number, out: string[], first: boolean): void {
  const pad = ' '.repeat(indent);
  for (const [i, value] of list.entries()) {
    out.push(i > 0 || !first ? pad : '', '- ');
    if (typeof value === 'object' && value !== null && !isEmpty(value)) {
      if (Array.isArray(value)) sequence(value, indent + 2, out, true);
      else mapping(value as Record<string, unknown>, indent + 2, out, true);
    } else out.push(scalar(value, indent + 2, indent + 2), '\n');
  }
}

/** `indent`: of lines that follow; `column`: where it begins. */
function scalar(value: unknown, indent: number, column: number): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return text(value, indent, column);
  if (typeof value === 'number') return number(value);
  if (typeof value === 'object') return Array.isArray(value) ? '[]' : '{}';
  return String(value);
}

function number(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return String(value);
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}

function keyText(key: string): string {
  const style = styleOf(key);
  if (style === 'plain') return key;
  return style === 'single' ? `'${key.replaceAll("'", "''")}'` : doubleQuoted(key, 0, 0, false);
}

function text(value: string, indent: number, column: number): string {
  switch (styleOf(value)) {
    case 'plain':
      return folded(value, indent, column);
    case 'single':
      return `'${folded(value.replaceAll("'", "''"), indent, column + 1)}'`;
    case 'literal':
      return literal(value, indent);
    default:
      return doubleQuoted(value, indent, column, true);
  }
}

/** yaml_emitter_write_plain_scalar, write_single_quoted_scalar: a line past the width ends at its next lone space. */
function folded(value: string, indent: number, column: number): string {
  if (column + value.length <= bestWidth) return value;
  let out = '';
  let at = column;
  let afterSpace = false;
  for (let i = 0; i < value.length; i += 1) {
    const c = value[i] as string;
    if (c === ' ') {
      if (!afterSpace && at > bestWidth && i > 0 && i < value.length - 1 && value[i + 1] !== ' ') {
        out += `\n${' '.repeat(indent)}`;
        at = indent;
      } else {
        out += c;
        at += 1;
      }
      afterSpace = true;
    } else {
      out += c;
      at += 1;
      afterSpace = false;
    }
  }
  return out;
}

function literal(value: string, indent: number): string {
  const pad = ' '.repeat(indent);
  const hint = value[0] === ' ' || value[0] === '\n' ? '2' : '';
  const chomp = value.endsWith('\n\n') || value === '\n' ? '+' : value.endsWith('\n') ? '' : '-';
  const body = value.endsWith('\n') ? value.slice(0, -1) : value;
  return `|${hint}${chomp}\n${body
    .split('\n')
    .map((line) => (line === '' ? '' : pad + line))
    .join('\n')}`;
}

const escapes: Record<string, string> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\xa0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
};

function doubleQuoted(value: string, indent: number, column: number, breaks: boolean): string {
  let out = '"';
  let at = column + 1;
  let afterSpace = false;
  const put = (piece: string): void => {
    out += piece;
    at += piece.length;
  };
  for (let i = 0; i < value.length; i += 1) {
    const c = value[i] as string;
    const code = c.charCodeAt(0);
    if (Object.hasOwn(escapes, c)) put(`\\${escapes[c]}`);
    else if (!printable(code, value.charCodeAt(i + 1))) put(code <= 0xff ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`);
    else if (c === ' ' && breaks && !afterSpace && at > bestWidth && i > 0 && i < value.length - 1) {
      out += `\n${' '.repeat(indent)}`;
      at = indent;
      if (value[i + 1] === ' ') put('\\');
      afterSpace = true;
      continue;
    } else put(c);
    afterSpace = c === ' ';
  }
  return `${out}"`;
}

const hex = (code: number, digits: number): string => code.toString(16).toUpperCase().padStart(digits, '0');

/** is_printable of the emitter: no tab, no control characters, no lone surrogates. */
function printable(code: number, next: number): boolean {
  if (code === 0x0a || (code >= 0x20 && code <= 0x7e)) return true;
  if (code < 0xa0) return false;
  if (code >= 0xd800 && code <= 0xdbff) return next >= 0xdc00 && next <= 0xdfff;
  return code !== 0xfeff && code < 0xfffe;
}

const bare = /^[A-Za-z][A-Za-z0-9_./-]*$/;

type Style = 'plain' | 'single' | 'double' | 'literal';

const startIndicators = new Set([...'#,[]{}&*!|>\'"%@`']);

/** yaml_emitter_analyze_scalar and the style that go-yaml's encoder asks for. */
function styleOf(value: string): Style {
  if (value === '') return 'double';
  // Most text is a bare word.
  if (bare.test(value)) return words.has(value) ? 'double' : 'plain';
  let special = false;
  let indicators = value.startsWith('---') || value.startsWith('...');
  let lineBreaks = false;
  let spaceBreak = false;
  let breakSpace = false;
  for (let i = 0; i < value.length; i += 1) {
    const c = value[i] as string;
    const code = c.charCodeAt(0);
    const next = value[i + 1];
    const spaceNext = next === undefined || next === ' ' || next === '\t' || next === '\n' || next === '\r';
    if (i === 0) {
      if (startIndicators.has(c)) indicators = true;
      else if ((c === '?' || c === ':' || c === '-') && spaceNext) indicators = true;
    } else if (c === ':' && spaceNext) indicators = true;
    else if (c === '#' && /\s/.test(value[i - 1] as string)) indicators = true;
    if (c === '\n' || c === '\r' || code === 0x85 || code === 0x2028 || code === 0x2029) {
      lineBreaks = true;
      if (value[i - 1] === ' ') spaceBreak = true;
      if (c !== '\n') special = true;
    } else if (c === ' ') {
      if (i > 0 && value[i - 1] === '\n') breakSpace = true;
    } else if (code >= 0xdc00 && code <= 0xdfff) {
      const before = value.charCodeAt(i - 1);
      if (!(before >= 0xd800 && before <= 0xdbff)) special = true;
    } else if (!printable(code, value.charCodeAt(i + 1))) special = true;
  }
  const trailingSpace = value.endsWith(' ');
  if (lineBreaks) return special || spaceBreak || trailingSpace ? 'double' : 'literal';
  void breakSpace;
  if (special) return 'double';
  if (!resolvesToString(value)) return 'double';
  return indicators || value[0] === ' ' || trailingSpace ? 'single' : 'plain';
}

const words = new Set(
  'y Y yes Yes YES on On ON n N no No NO off Off OFF true True TRUE false False FALSE ~ null Null NULL .nan .NaN .NAN .inf .Inf .INF +.inf +.Inf +.INF -.inf -.Inf -.INF <<'.split(
    ' ',
  ),
);

/** go-yaml v2 resolve(): would the bare text be read as something else than a string? */
function resolvesToString(value: string): boolean {
  if (words.has(value)) return false;
  const c = value.charCodeAt(0);
  const digit = c >= 48 && c <= 57;
  if (!digit && c !== 43 && c !== 45 && c !== 46) return true;
  if (value.length > 400) return true;
  if (/^\d{4}-\d{1,2}-\d{1,2}($|[Tt ]\s*\d{1,2}:\d{2}:\d{2}(\.\d*)?\s*(Z|[+-]\d{1,2}(:\d{2})?)?$)/.test(value)) return false;
  if (/^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/.test(value)) return false;
  const plain = value.replaceAll('_', '');
  if (/^[-+]?(0b[01]+|0x[0-9a-fA-F]+|0o?[0-7]+|[0-9]+)$/.test(plain)) return false;
  return !/^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(plain);
}

const isLetter = (c: string): boolean => /\p{L}/u.test(c);
const isDigit = (c: string | undefined): boolean => c !== undefined && c >= '0' && c <= '9';

/** keyList.Less of go-yaml: digits inside keys count as numbers, letters come after everything else. */
export function naturalOrder(a: string, b: string): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i += 1) {
    const [x, y] = [a[i] as string, b[i] as string];
    if (x === y) continue;
    const [al, bl] = [isLetter(x), isLetter(y)];
    if (al && bl) return x < y ? -1 : 1;
    if (al || bl) return bl ? -1 : 1;
    let [an, bn] = [0, 0];
    if (x === '0' || y === '0')
      for (let j = i - 1; j >= 0 && isDigit(a[j]); j -= 1)
        if (a[j] !== '0') {
          an = 1;
          bn = 1;
          break;
        }
    let ai = i;
    let bi = i;
    for (; isDigit(a[ai]); ai += 1) an = an * 10 + Number(a[ai]);
    for (; isDigit(b[bi]); bi += 1) bn = bn * 10 + Number(b[bi]);
    if (an !== bn) return an - bn;
    if (ai !== bi) return ai - bi;
    return x < y ? -1 : 1;
  }
  return a.length - b.length;
}
