/** Programs that turn text into text. */
import { errorText } from '../kernel/files.ts';
import type { Outcome, Program } from '../kernel/program.ts';
import type { Sys } from '../kernel/sys.ts';
import { awk } from './awk.ts';
import { once } from './basic.ts';
import { filter, isBusybox, linesOf, maxHeld, options } from './filters.ts';
import { grep } from './grep.ts';
import { sed } from './sed.ts';
import { tail } from './tail.ts';

interface Held {
  text: string;
}
/** A filter that needs everything before it can say anything. */
const whole = (begin: (sys: Sys) => { files: string[] } | number, end: (sys: Sys, text: string) => number): Program =>
  filter<Held>({
    begin(sys) {
      const b = begin(sys);
      return typeof b === 'number' ? b : { own: { text: '' }, files: b.files };
    },
    text(sys, own, text) {
      if (own.text.length + text.length > maxHeld) {
        sys.complain('out of memory');
        return 1;
      }
      own.text += text;
      return undefined;
    },
    end: (sys, own) => end(sys, own.text),
  });
const operands = (sys: Sys, takes = ''): { files: string[] } => ({ files: options(sys.argv, takes).rest });
const joined = (lines: string[]): string => (lines.length > 0 ? `${lines.join('\n')}\n` : '');

const cat = filter<{ number: number; n: boolean }>({
  begin(sys) {
    const { opts, rest } = options(sys.argv);
    return { own: { number: 0, n: opts.n !== undefined }, files: rest };
  },
  text(sys, own, text) {
    if (!own.n) sys.out(text);
    else
      for (const line of linesOf(text)) {
        own.number += 1;
        sys.out(`${String(own.number).padStart(6)}\t${line}\n`);
      }
    return undefined;
  },
  end: () => 0,
  cannot(sys, file, error) {
    if (error === 'EISDIR') sys.err(isBusybox(sys) ? 'cat: read error: Is a directory\n' : `cat: ${file}: Is a directory\n`);
    else sys.err(isBusybox(sys) ? `cat: can't open '${file}': ${errorText(error)}\n` : `cat: ${file}: ${errorText(error)}\n`);
  },
});

interface HeadState {
  left: number;
  bytes: boolean;
  lines: number;
  many: boolean;
  shown: number;
  started: boolean;
  drop: number;
}
const head = filter<HeadState>({
  begin(sys) {
    const argv = sys.argv.map((a) => (/^-[0-9]+$/.test(a) ? `-n${a.slice(1)}` : a));
    const { opts, rest } = options(argv, 'nc', { lines: 'n', bytes: 'c' });
    const n = Number(opts.c ?? opts.n ?? 10);
    if (Number.isNaN(n)) {
      sys.complain(`invalid number '${opts.c ?? opts.n}'`);
      return 1;
    }
    return { own: { left: n, lines: n, bytes: opts.c !== undefined, many: rest.length > 1, shown: 0, started: false, drop: n < 0 ? -n : 0 }, files: rest };
  },
  text(sys, own, text, file) {
    if (own.many && !own.started) sys.out(`${own.shown++ > 0 ? '\n' : ''}==> ${file} <==\n`);
    own.started = true;
    if (own.drop > 0) {
      const lines = linesOf(text);
      sys.out(joined(lines.slice(0, -own.drop)));
      return undefined;
    }
    if (own.bytes) {
      sys.out(text.slice(0, own.left));
      own.left = Math.max(0, own.left - text.length);
    } else {
      let at = 0;
      while (own.left > 0 && at < text.length) {
        const end = text.indexOf('\n', at);
        at = end < 0 ? text.length : end + 1;
        own.left -= 1;
      }
      sys.out(text.slice(0, at));
    }
    return own.left === 0 && !own.many ? 0 : undefined;
  },
  fileEnd(_sys, own) {
    own.left = own.lines;
    own.started = false;
  },
  end: () => 0,
  cannot: (sys, file, error) =>
    sys.err(isBusybox(sys) ? `head: ${file}: ${errorText(error)}\n` : `head: cannot open '${file}' for reading: ${errorText(error)}\n`),
});

interface WcState {
  flags: string;
  now: number[];
  total: number[];
  files: number;
  stdin: boolean;
}
const wcLine = (own: WcState, counts: number[], name: string, wide: boolean): string => {
  const shown = counts.filter((_, i) => own.flags.includes('lwc'[i] as string));
  if (shown.length === 1) return `${shown[0]}${name ? ` ${name}` : ''}\n`;
  return `${shown.map((n) => String(n).padStart(wide ? 9 : 7)).join(wide ? ' ' : ' ')}${name ? ` ${name}` : ''}\n`;
};
const wc = filter<WcState>({
  begin(sys) {
    const { opts, rest } = options(sys.argv);
    const flags = [opts.l !== undefined ? 'l' : '', opts.w !== undefined ? 'w' : '', opts.c !== undefined || opts.m !== undefined ? 'c' : ''].join('') || 'lwc';
    return { own: { flags, now: [0, 0, 0], total: [0, 0, 0], files: 0, stdin: rest.length === 0 }, files: rest };
  },
  text(_sys, own, text) {
    let newlines = 0;
    for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) newlines += 1;
    own.now[0] = (own.now[0] ?? 0) + newlines;
    own.now[1] = (own.now[1] ?? 0) + text.split(/\s+/).filter((w) => w !== '').length;
    own.now[2] = (own.now[2] ?? 0) + bytes(text);
    return undefined;
  },
  fileEnd(sys, own, file) {
    sys.out(wcLine(own, own.now, own.stdin ? '' : file, isBusybox(sys)));
    own.total = own.total.map((n, i) => n + (own.now[i] ?? 0));
    own.now = [0, 0, 0];
    own.files += 1;
  },
  end(sys, own) {
    if (own.files > 1) sys.out(wcLine(own, own.total, 'total', isBusybox(sys)));
    return 0;
  },
});
const bytes = (text: string): number => {
  let n = 0;
  for (const c of text) {
    const code = c.codePointAt(0) ?? 0;
    n += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return n;
};

const sort = whole(
  (sys) => operands(sys, 'kto'),
  (sys, text) => {
    const { opts } = options(sys.argv, 'kto');
    const [from = 1, to = 0] = (opts.k ?? '').split(',').map((s) => Number.parseInt(s, 10) || 0);
    const numeric = opts.n !== undefined || /[0-9]n/.test(opts.k ?? '');
    const reverse = opts.r !== undefined || /[0-9]n?r/.test(opts.k ?? '') ? -1 : 1;
    const key = (line: string): string => {
      if (opts.k === undefined) return line;
      const fields = opts.t ? line.split(opts.t) : line.trimStart().split(/\s+/);
      return fields.slice(from - 1, to || undefined).join(opts.t ?? ' ');
    };
    const human = (s: string): number => Number.parseFloat(s) * ({ K: 1e3, M: 1e6, G: 1e9 }[/^[0-9.]+([KMG])/.exec(s.trim())?.[1] ?? ''] ?? 1);
    const compare = (a: string, b: string): number => {
      const [x, y] = [key(a), key(b)];
      if (opts.h !== undefined || numeric) {
        const [p, q] = opts.h !== undefined ? [human(x) || 0, human(y) || 0] : [Number.parseFloat(x) || 0, Number.parseFloat(y) || 0];
        if (p !== q) return p - q;
      }
      if (opts.V !== undefined) {
        const [p, q] = [x.split(/([0-9]+)/), y.split(/([0-9]+)/)];
        for (let i = 0; i < Math.max(p.length, q.length); i += 1) {
          const [l = '', r = ''] = [p[i], q[i]];
          if (l !== r) return i % 2 === 1 ? Number(l) - Number(r) : l < r ? -1 : 1;
        }
      }
      const [l, r] = opts.f !== undefined ? [x.toLowerCase(), y.toLowerCase()] : [x, y];
      return l < r ? -1 : l > r ? 1 : a < b ? -1 : a > b ? 1 : 0;
    };
    let lines = linesOf(text).sort((a, b) => reverse * compare(a, b));
    if (opts.u !== undefined) lines = lines.filter((l, i) => i === 0 || key(l) !== key(lines[i - 1] as string));
    sys.out(joined(lines));
    return 0;
  },
);

const uniq = whole(
  (sys) => operands(sys, 'fsw'),
  (sys, text) => {
    const { opts } = options(sys.argv, 'fsw');
    const groups: { line: string; count: number }[] = [];
    for (const line of linesOf(text)) {
      const last = groups.at(-1);
      if (last && (opts.i !== undefined ? last.line.toLowerCase() === line.toLowerCase() : last.line === line)) last.count += 1;
      else groups.push({ line, count: 1 });
    }
    const kept = groups.filter((g) => (opts.d === undefined || g.count > 1) && (opts.u === undefined || g.count === 1));
    sys.out(joined(kept.map((g) => (opts.c !== undefined ? `${String(g.count).padStart(7)} ${g.line}` : g.line))));
    return 0;
  },
);

/** `1,3-5,7-` → which positions (from 1). */
function ranges(text: string): (n: number) => boolean {
  const list = text.split(',').map((r) => {
    const m = /^([0-9]*)(-?)([0-9]*)$/.exec(r);
    const from = Number(m?.[1] || 1);
    return [from, m?.[2] ? Number(m[3] || 1e9) : from] as const;
  });
  return (n) => list.some(([a, b]) => n >= a && n <= b);
}

const perLine = (begin: (sys: Sys) => { files: string[] } | number, line: (sys: Sys, text: string) => string | undefined): Program =>
  filter<null>({
    begin(sys) {
      const b = begin(sys);
      return typeof b === 'number' ? b : { own: null, files: b.files };
    },
    text(sys, _own, text) {
      let out = '';
      for (const l of linesOf(text)) {
        const made = line(sys, l);
        if (made !== undefined) out += `${made}\n`;
      }
      sys.out(out);
      return undefined;
    },
    end: () => 0,
  });

const cut = perLine(
  (sys) => {
    const { opts, rest } = options(sys.argv, 'dfcb');
    if (opts.f === undefined && opts.c === undefined && opts.b === undefined) {
      sys.complain('expected a list of bytes, characters, or fields');
      return 1;
    }
    return { files: rest };
  },
  (sys, text) => {
    const { opts } = options(sys.argv, 'dfcb');
    if (opts.f === undefined) {
      const want = ranges(opts.c ?? opts.b ?? '');
      return [...text].filter((_, i) => want(i + 1)).join('');
    }
    const d = opts.d ?? '\t';
    if (!text.includes(d)) return opts.s !== undefined ? undefined : text;
    const want = ranges(opts.f);
    return text
      .split(d)
      .filter((_, i) => want(i + 1))
      .join(d);
  },
);

function trSet(text: string): string[] {
  const plain = text
    .replace(/\[:upper:\]/g, 'A-Z')
    .replace(/\[:lower:\]/g, 'a-z')
    .replace(/\[:digit:\]/g, '0-9')
    .replace(/\[:alpha:\]/g, 'A-Za-z')
    .replace(/\[:alnum:\]/g, 'A-Za-z0-9')
    .replace(/\[:space:\]/g, ' \\t\\n\\r\\f\\v')
    .replace(/\[:punct:\]/g, '!-/:-@\\[-`{-~');
  const out: string[] = [];
  const chars: string[] = [];
  for (let i = 0; i < plain.length; i += 1) {
    const c = plain[i] as string;
    if (c === '\\' && i + 1 < plain.length) {
      i += 1;
      chars.push({ n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', '0': '\0' }[plain[i] as string] ?? (plain[i] as string));
    } else chars.push(c);
  }
  for (let i = 0; i < chars.length && out.length < 2000; i += 1) {
    const [a, dash, b] = [chars[i] as string, chars[i + 1], chars[i + 2]];
    if (dash === '-' && b !== undefined && a <= b) {
      for (let c = a.charCodeAt(0); c <= b.charCodeAt(0) && out.length < 2000; c += 1) out.push(String.fromCharCode(c));
      i += 2;
    } else out.push(a);
  }
  return out;
}
const tr = filter<{ from: string[]; to: string[]; last: string }>({
  begin(sys) {
    const { rest } = options(sys.argv.map((a, i) => (i > 0 && /^-[^cCdst]/.test(a) ? ` ${a}` : a)));
    return { own: { from: trSet((rest[0] ?? '').replace(/^ -/, '-')), to: trSet((rest[1] ?? '').replace(/^ -/, '-')), last: '' }, files: [] };
  },
  text(sys, own, text) {
    const { opts } = options(sys.argv.map((a, i) => (i > 0 && /^-[^cCdst]/.test(a) ? ` ${a}` : a)));
    const complement = opts.c !== undefined || opts.C !== undefined;
    const map = new Map(own.from.map((c, i) => [c, own.to[Math.min(i, own.to.length - 1)] ?? ''] as const));
    const squeeze = opts.s !== undefined ? new Set(own.to.length > 0 ? own.to : own.from) : undefined;
    let out = '';
    for (const c of text) {
      const inSet = map.has(c) !== complement;
      if (opts.d !== undefined && inSet) continue;
      const made = inSet && own.to.length > 0 && opts.d === undefined ? (complement ? (own.to.at(-1) as string) : (map.get(c) as string)) : c;
      if (squeeze && (own.to.length > 0 ? squeeze.has(made) : inSet) && made === own.last) continue;
      out += made;
      own.last = made;
    }
    sys.out(out);
    return undefined;
  },
  end: () => 0,
});

const tee: Program = {
  start(sys) {
    const { opts, rest } = options(sys.argv);
    const fds: number[] = [];
    for (const path of rest) {
      const got = sys.open(path, opts.a !== undefined ? 'a' : 'w');
      if ('error' in got) sys.complain(`${path}: ${errorText(got.error)}`);
      else fds.push(sys.hide(got.id));
    }
    sys.process.data = { fds };
    return teeOn(sys);
  },
  resume: (sys) => teeOn(sys),
};
function teeOn(sys: Sys): Outcome {
  const { fds } = sys.process.data as { fds: number[] };
  for (;;) {
    const got = sys.read(0);
    if (got === 'wait') return undefined;
    if (got === 'eof' || 'error' in got) return 0;
    for (const fd of fds) sys.write(fd, got.text);
    sys.out(got.text);
    if (!sys.alive) return undefined;
  }
}

const base64Letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const base64 = whole(
  (sys) => operands(sys, 'w'),
  (sys, text) => {
    const { opts } = options(sys.argv, 'w', { decode: 'd', wrap: 'w' });
    if (opts.d === undefined && opts.D === undefined) {
      const codes = utf8(text);
      let out = '';
      for (let i = 0; i < codes.length; i += 3) {
        const n = ((codes[i] ?? 0) << 16) | ((codes[i + 1] ?? 0) << 8) | (codes[i + 2] ?? 0);
        out += [18, 12, 6, 0].map((s, k) => (i + k > codes.length ? '=' : base64Letters[(n >> s) & 63])).join('');
      }
      const width = Number(opts.w ?? 76);
      sys.out(width > 0 ? `${out.replace(new RegExp(`(.{${Math.min(width, 1000)}})(?=.)`, 'g'), '$1\n')}\n` : out);
      return 0;
    }
    const codes: number[] = [];
    let bits = 0;
    let held = 0;
    let code = 0;
    for (const c of text) {
      if (c === '=' || c === '\n' || c === '\r') continue;
      const at = base64Letters.indexOf(c);
      if (at < 0) {
        code = 1;
        break;
      }
      held = ((held << 6) | at) & 0xffffff;
      bits += 6;
      if (bits >= 8) {
        bits -= 8;
        codes.push((held >> bits) & 0xff);
      }
    }
    sys.out(fromUtf8(codes));
    if (code) sys.complain(isBusybox(sys) ? 'truncated input' : 'invalid input');
    return code;
  },
);
function utf8(text: string): number[] {
  const out: number[] = [];
  for (const ch of text) {
    const c = ch.codePointAt(0) ?? 0;
    if (c < 0x80) out.push(c);
    else if (c < 0x800) out.push(0xc0 | (c >> 6), 0x80 | (c & 63));
    else if (c < 0x10000) out.push(0xe0 | (c >> 12), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
    else out.push(0xf0 | (c >> 18), 0x80 | ((c >> 12) & 63), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
  }
  return out;
}
function fromUtf8(codes: number[]): string {
  let out = '';
  for (let i = 0; i < codes.length; ) {
    const c = codes[i++] as number;
    const more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
    let point = more === 3 ? c & 7 : more === 2 ? c & 15 : more === 1 ? c & 31 : c;
    for (let k = 0; k < more; k += 1) point = (point << 6) | ((codes[i++] ?? 0) & 63);
    out += String.fromCodePoint(Math.min(point, 0x10ffff));
  }
  return out;
}

/** `xargs`: runs the command with the words of its input, in as many turns as needed. */
const xargs: Program = {
  start(sys) {
    sys.process.data = { text: '', queue: null, code: 0 };
    return xargsOn(sys);
  },
  resume(sys, event) {
    const st = sys.process.data as XargsState;
    if (event.type === 'child') {
      st.waiting = false;
      if (event.code !== 0) st.code = event.code === 127 || event.code === 126 ? event.code : 123;
    }
    return xargsOn(sys);
  },
};
interface XargsState {
  text: string;
  queue: string[][] | null;
  code: number;
  waiting?: boolean;
}
function xargsOn(sys: Sys): Outcome {
  const st = sys.process.data as XargsState;
  if (!st.queue) {
    for (;;) {
      const got = sys.read(0);
      if (got === 'wait') return undefined;
      if (got === 'eof' || 'error' in got) break;
      if (st.text.length < maxHeld) st.text += got.text;
    }
    const { opts, rest } = xargsOptions(sys.argv);
    const command = rest.length > 0 ? rest : ['echo'];
    const items =
      opts.I !== undefined
        ? linesOf(st.text).map((l) => l.trim())
        : opts.d !== undefined
          ? st.text.replace(/\n$/, '').split(opts.d.replace('\\n', '\n'))
          : st.text.includes('\0')
            ? st.text.split('\0')
            : words(st.text);
    const list = items.filter((w) => w !== '').slice(0, 5000);
    st.text = '';
    if (opts.I !== undefined) st.queue = list.map((w) => command.map((c) => c.replaceAll(opts.I as string, w)));
    else {
      const n = Number(opts.n ?? opts.L ?? 5000) || 5000;
      st.queue = [];
      for (let i = 0; i < list.length; i += n) st.queue.push([...command, ...list.slice(i, i + n)]);
      if (list.length === 0 && opts.r === undefined) st.queue.push(command);
    }
  }
  if (st.waiting) return undefined;
  const next = st.queue.shift();
  if (!next) return st.code;
  const found = sys.lookup(next);
  if ('error' in found) {
    sys.complain(`${next[0]}: No such file or directory`);
    return 127;
  }
  st.waiting = true;
  if (!sys.fork(found.argv, found.program)) return 1;
  return undefined;
}
function xargsOptions(argv: string[]): { opts: Record<string, string>; rest: string[] } {
  let end = 1;
  while (argv[end]?.startsWith('-')) end += /^-[InLPds]$/.test(argv[end] as string) ? 2 : 1;
  const { opts } = options(argv.slice(0, end), 'InLPds');
  return { opts, rest: argv.slice(end) };
}
/** Words, with quotes as xargs takes them. */
function words(text: string): string[] {
  const out: string[] = [];
  for (const m of text.matchAll(/(?:"([^"]*)"|'([^']*)'|((?:\\.|[^\s"'\\])+))/g)) out.push(m[1] ?? m[2] ?? (m[3] ?? '').replace(/\\(.)/g, '$1'));
  return out;
}

const rev = perLine(
  (sys) => operands(sys),
  (_sys, text) => [...text].reverse().join(''),
);
const tac = whole(
  (sys) => operands(sys),
  (sys, text) => {
    sys.out(joined(linesOf(text).reverse()));
    return 0;
  },
);
const fold = perLine(
  (sys) => operands(sys, 'w'),
  (sys, text) => {
    const width = Math.max(1, Number(options(sys.argv, 'w').opts.w ?? 80) || 80);
    const out: string[] = [];
    for (let i = 0; i < text.length; i += width) out.push(text.slice(i, i + width));
    return out.join('\n');
  },
);
const paste = whole(
  (sys) => operands(sys, 'd'),
  (sys, text) => {
    const { opts } = options(sys.argv, 'd');
    const lines = linesOf(text);
    sys.out(opts.s !== undefined ? `${lines.join(opts.d ?? '\t')}\n` : joined(lines));
    return 0;
  },
);

export const textTools: Record<string, Program> = {
  cat,
  head,
  tail,
  wc,
  sort,
  uniq,
  cut,
  tr,
  tee,
  base64,
  xargs,
  rev,
  tac,
  fold,
  paste,
  grep,
  egrep: grep,
  fgrep: grep,
  sed,
  awk,
  more: cat,
  less: cat,
  expand: perLine(
    (sys) => operands(sys),
    (_sys, text) => text.replaceAll('\t', '        '),
  ),
  shuf: whole(
    (sys) => operands(sys, 'n'),
    (sys, text) => {
      const lines = linesOf(text);
      for (let i = lines.length - 1; i > 0; i -= 1) {
        const j = Math.floor(sys.kernel.ctx.random() * (i + 1));
        [lines[i], lines[j]] = [lines[j] as string, lines[i] as string];
      }
      sys.out(joined(lines.slice(0, Number(options(sys.argv, 'n').opts.n ?? lines.length))));
      return 0;
    },
  ),
  md5sum: once((sys) => {
    sys.complain('not simulated by kubarium');
    return 1;
  }),
};
