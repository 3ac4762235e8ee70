/** `awk`: the print-a-field form alone (`/regex/ { print $1, $NF }`, with -F and -v); any other program is refused by name. */
import type { Program } from '../kernel/program.ts';
import { filter, linesOf, options } from './filters.ts';
import { compileRegex, findRegex, type Regex } from './regex.ts';

interface Simple {
  pattern?: string;
  negated: boolean;
  condition?: { field: string; op: string; value: string };
  print: string[];
}

export const awk: Program = filter<{ rule: Simple; separator: string; nr: number }>({
  begin(sys) {
    const { opts, rest } = options(sys.argv, 'Fv');
    const program = rest[0];
    const rule = program === undefined ? undefined : parse(program);
    if (!rule) {
      sys.complain('this program is not simulated by kubarium (only: /regex/ { print $1, $NF })');
      return 2;
    }
    return { own: { rule, separator: (opts.F ?? ' ').replace('\\t', '\t'), nr: 0 }, files: rest.slice(1) };
  },
  text(sys, own, text) {
    const { rule } = own;
    const regex: Regex | { error: string } | undefined = rule.pattern === undefined ? undefined : compileRegex(rule.pattern, true);
    let out = '';
    for (const line of linesOf(text)) {
      own.nr += 1;
      if (regex && !('error' in regex) && (findRegex(regex, line) !== undefined) === rule.negated) continue;
      const fields = own.separator === ' ' ? line.trim().split(/\s+/) : line.split(own.separator);
      const field = (name: string): string => {
        if (name === '$0') return line;
        if (name === 'NF') return String(fields.length);
        if (name === 'NR') return String(own.nr);
        if (name === '$NF') return fields.at(-1) ?? '';
        if (name.startsWith('$')) return fields[Number(name.slice(1)) - 1] ?? '';
        return name.slice(1, -1).replaceAll('\\n', '\n').replaceAll('\\t', '\t');
      };
      const c = rule.condition;
      if (c) {
        const [l, r] = [field(c.field), c.value.startsWith('"') ? c.value.slice(1, -1) : c.value];
        const numeric = !c.value.startsWith('"') && l !== '' && !Number.isNaN(Number(l));
        const order = numeric ? Number(l) - Number(r) : l < r ? -1 : l > r ? 1 : 0;
        if (!{ '==': order === 0, '!=': order !== 0, '<': order < 0, '>': order > 0, '<=': order <= 0, '>=': order >= 0 }[c.op]) continue;
      }
      out += `${rule.print.map((p) => (p === ',' ? ' ' : field(p))).join('')}\n`;
    }
    sys.out(out);
    return undefined;
  },
  end: () => 0,
});

function parse(program: string): Simple | undefined {
  if (program.length > 1000) return undefined;
  const m = /^\s*(?:(!?)\/((?:\\.|[^/\\])*)\/|(\$[0-9]+|\$NF|NR|NF)\s*(==|!=|<=|>=|<|>)\s*("[^"]*"|-?[0-9.]+))?\s*(?:\{\s*print\s*([^{}]*?);?\s*\})?\s*$/.exec(
    program,
  );
  if (!m || (m[2] === undefined && m[3] === undefined && !/\{/.test(program))) return undefined;
  const print: string[] = [];
  let rest = (m[6] ?? '').trim();
  while (rest !== '') {
    const t = /^(\$[0-9]+|\$NF|NR|NF|"(?:[^"\\]|\\.)*"|,)\s*/.exec(rest);
    if (!t) return undefined;
    print.push(t[1] as string);
    rest = rest.slice(t[0].length);
  }
  return {
    ...(m[2] !== undefined ? { pattern: m[2].replaceAll('\\/', '/') } : {}),
    negated: m[1] === '!',
    ...(m[3] !== undefined ? { condition: { field: m[3], op: m[4] as string, value: m[5] as string } } : {}),
    print: print.length > 0 ? print : ['$0'],
  };
}
