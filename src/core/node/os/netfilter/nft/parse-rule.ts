/** Statements of an nft rule: parsed, and written down as nft prints them (1.0.6, `-s`). */
import { NftError, type Reader } from './lexer.ts';
import type { Elements, Selector, Statement } from './rule.ts';
import { isSelector, parseSelectors, selectorsText, typeOf } from './selectors.ts';
import { canonical, compareValues, markText, parseTime, shown, timeText } from './values.ts';

export interface ParsedRule {
  text: string;
  statements: Statement[];
}

export function parseNftRule(r: Reader): ParsedRule {
  const statements: Statement[] = [];
  const texts: string[] = [];
  while (!r.ended()) {
    const [statement, text] = parseStatement(r);
    if (statement) statements.push(statement);
    texts.push(text);
  }
  if (texts.length === 0) r.unexpected();
  return { statements, text: texts.join(' ') };
}

type Said = [Statement | null, string];

function parseStatement(r: Reader): Said {
  const word = r.text;
  switch (word) {
    case 'accept':
    case 'drop':
    case 'return':
    case 'continue':
      r.next();
      return [{ do: 'verdict', verdict: word, chain: '' }, word];
    case 'jump':
    case 'goto': {
      r.next();
      const chain = r.word();
      return [{ do: 'verdict', verdict: word, chain }, `${word} ${chain}`];
    }
    case 'reject':
      return parseReject(r);
    case 'counter': {
      r.next();
      if (r.take('packets')) {
        r.number();
        if (r.take('bytes')) r.number();
      } else if (r.take('name')) return [{ do: 'pass' }, `counter name "${r.word()}"`];
      return [{ do: 'pass' }, 'counter'];
    }
    case 'comment': {
      r.next();
      const token = r.next();
      if (token.text.length > 128) throw new NftError('comment too long, 128 characters maximum allowed', token);
      return [null, `comment "${token.text}"`];
    }
    case 'log': {
      r.next();
      let text = 'log';
      while (r.is('prefix') || r.is('level') || r.is('group')) {
        const option = r.next().text;
        const token = r.next();
        text += ` ${option} ${option === 'prefix' ? `"${token.text}"` : token.text}`;
      }
      return [{ do: 'pass' }, text];
    }
    case 'limit': {
      r.next();
      let text = 'limit';
      while (!r.ended() && /^(rate|over|\d+\/[a-z]+|burst|\d+|packets|bytes)$/.test(r.text)) text += ` ${r.next().text}`;
      return [{ do: 'pass' }, text];
    }
    case 'notrack':
      r.next();
      return [{ do: 'notrack' }, 'notrack'];
    case 'masquerade':
    case 'redirect':
    case 'dnat':
    case 'snat':
      return parseNat(r);
    case 'add':
    case 'update':
    case 'delete':
    case 'set':
      return parseElementStatement(r);
    default:
      return parseMatch(r);
  }
}

const rejects: Record<string, string> = {
  'icmp port-unreachable': 'icmp-port-unreachable',
  'icmp host-unreachable': 'icmp-host-unreachable',
  'icmp net-unreachable': 'icmp-net-unreachable',
  'icmp admin-prohibited': 'icmp-admin-prohibited',
  'icmpx port-unreachable': 'icmp-port-unreachable',
  'icmpx host-unreachable': 'icmp-host-unreachable',
  'icmpx no-route': 'icmp-net-unreachable',
  'icmpx admin-prohibited': 'icmp-admin-prohibited',
  'icmpv6 port-unreachable': 'icmp-port-unreachable',
  'icmpv6 addr-unreachable': 'icmp-host-unreachable',
  'icmpv6 no-route': 'icmp-net-unreachable',
  'icmpv6 admin-prohibited': 'icmp-admin-prohibited',
};

function parseReject(r: Reader): Said {
  r.next();
  if (!r.take('with')) return [{ do: 'reject', with: 'icmp-port-unreachable' }, 'reject'];
  const family = r.word();
  if (family === 'tcp') {
    r.expect('reset');
    return [{ do: 'reject', with: 'tcp-reset' }, 'reject with tcp reset'];
  }
  r.take('type');
  const token = r.token;
  const key = `${family} ${r.word()}`;
  const code = Object.hasOwn(rejects, key) ? (rejects[key] as string) : undefined;
  if (code === undefined) throw new NftError(`syntax error, unexpected ${token.text}`, token);
  return [{ do: 'reject', with: code }, key === 'icmp port-unreachable' || key === 'icmpv6 port-unreachable' ? 'reject' : `reject with ${key}`];
}

function parseNat(r: Reader): Said {
  const word = r.next().text;
  const kind = word.toUpperCase() as 'DNAT';
  let value = '';
  let map: { on: readonly Selector[]; to: Elements } | null = null;
  let text = word;
  let family = '';
  if (word === 'dnat' || word === 'snat') {
    if (r.is('ip') || r.is('ip6')) {
      family = r.next().text;
      if (r.take('addr')) {
        r.expect('.');
        r.expect('port');
      }
      text += ` ${family}`;
    }
  }
  if (r.take('to')) {
    text += ' to ';
    if (isSelector(r)) {
      const on = parseSelectors(r);
      r.expect('map');
      const to = parseElements(r, on, 'data');
      map = { on, to };
      text += `${selectorsText(on)} map ${elementsText(on, to)}`;
    } else {
      const token = r.token;
      value = r.word();
      if (r.is('.') && /^\d+$/.test(r.peek(1))) {
        r.next();
        value = `${value}:${r.word()}`;
      }
      const parsed = natValue(value);
      if (parsed === null) throw new NftError(`Could not resolve hostname: ${value}`, token);
      value = parsed;
      text += parsed;
    }
  } else if (word === 'dnat' || word === 'snat') r.unexpected();
  let random = false;
  while (r.is('random') || r.is('fully-random') || r.is('persistent')) {
    if (!r.is('persistent')) random = true;
    text += `${text.endsWith('random') ? ',' : ' '}${r.next().text}`;
    r.take(',');
  }
  return [{ do: 'nat', kind, value, map, random }, text];
}

/** `10.0.0.1:80`, `[::1]:80`, `:80`, an address or a range; as printed. */
export function natValue(text: string): string | null {
  const m6 = /^\[([^\]]+)\](?::(\d{1,5}(?:-\d{1,5})?))?$/.exec(text);
  if (m6) {
    const ip = canonical('ip6', m6[1] as string);
    return ip === null ? null : `[${ip}]${m6[2] === undefined ? '' : `:${m6[2]}`}`;
  }
  const ip6 = canonical('ip6', text);
  if (ip6 !== null) return ip6;
  const colon = text.lastIndexOf(':');
  const ip = colon < 0 ? text : text.slice(0, colon);
  const port = colon < 0 ? null : text.slice(colon + 1);
  if (port !== null && canonical('port', port) === null) return null;
  const shownIp = ip === '' && port !== null ? '' : canonical('ip', ip);
  return shownIp === null ? null : `${shownIp}${port === null ? '' : `:${port}`}`;
}

function parseElementStatement(r: Reader): Said {
  const token = r.token;
  const op = r.next().text;
  if (op === 'set') r.unexpected();
  if (!r.text.startsWith('@')) throw new NftError(`syntax error, unexpected ${r.text}, expecting @`, r.token);
  const set = r.next().text.slice(1);
  r.expect('{');
  const on = parseSelectors(r);
  let timeoutMs = 0;
  if (r.take('timeout')) {
    const time = parseTime(r.word());
    if (time === null) throw new NftError('invalid time', token);
    timeoutMs = time;
  }
  r.expect('}');
  return [
    { do: 'element', op: op as 'add', set, on, timeoutMs },
    `${op} @${set} { ${selectorsText(on)}${timeoutMs ? ` timeout ${timeText(timeoutMs)}` : ''} }`,
  ];
}

/** `@NAME`, or `{ … }`. `data`: what the values of a map are: a verdict, or an address with a port. */
function parseElements(r: Reader, on: readonly Selector[], data: '' | 'verdict' | 'data'): Elements {
  if (r.text.startsWith('@') && !r.token.quoted) return { set: r.next().text.slice(1), entries: [] };
  r.expect('{');
  const entries: { key: string; value: string }[] = [];
  for (;;) {
    r.skipBreaks();
    if (r.take('}')) break;
    const key = parseKey(r, on.map(typeOf));
    let value = '';
    r.skipBreaks();
    if (data !== '') {
      r.expect(':');
      value = data === 'verdict' ? parseVerdict(r) : parseData(r);
    }
    entries.push({ key, value });
    r.skipBreaks();
    if (!r.take(',')) {
      r.skipBreaks();
      r.expect('}');
      break;
    }
  }
  if (entries.length === 0) r.unexpected();
  const type = on.length === 1 ? typeOf(on[0] as Selector) : '';
  entries.sort((a, b) => compareValues(type, a.key, b.key));
  return { set: '', entries };
}

export function parseKey(r: Reader, types: readonly string[]): string {
  let key = '';
  for (let i = 0; i < types.length; i += 1) {
    const type = types[i] as string;
    if (i > 0) r.expect('.');
    const { token } = r;
    const value = canonical(type, r.word());
    if (value === null)
      throw new NftError(type === 'ip' || type === 'ip6' ? `Could not resolve hostname: ${token.text}` : `syntax error, unexpected ${token.text}`, token);
    key = i === 0 ? value : `${key} . ${value}`;
  }
  return key;
}

export function parseVerdict(r: Reader): string {
  const token = r.token;
  const word = r.word();
  if (word === 'goto' || word === 'jump') return `${word} ${r.word()}`;
  if (!['accept', 'drop', 'return', 'continue'].includes(word)) throw new NftError(`syntax error, unexpected ${word}`, token);
  return word;
}

/** `10.0.0.1 . 80` or `10.0.0.1`, or a number. */
export function parseData(r: Reader): string {
  let text = r.word();
  const ip = canonical(text.includes(':') ? 'ip6' : 'ip', text);
  if (ip !== null) text = ip;
  return r.take('.') ? `${text} . ${r.word()}` : text;
}

function elementsText(on: readonly Selector[], to: Elements): string {
  if (to.set !== '') return `@${to.set}`;
  const type = on.length === 1 ? typeOf(on[0] as Selector) : '';
  return `{ ${to.entries.map(({ key, value }) => `${shown(type, key)}${value === '' ? '' : ` : ${value}`}`).join(', ')} }`;
}

const arithmetic: Record<string, 'or' | 'and' | 'xor'> = { or: 'or', '|': 'or', and: 'and', '&': 'and', xor: 'xor', '^': 'xor' };
const signs = { or: '|', and: '&', xor: '^' } as const;

function parseMatch(r: Reader): Said {
  const on = parseSelectors(r);
  const first = on[0] as Selector;
  if (on.length === 1 && first.field === 'mark' && r.take('set')) return parseMarkSet(r, first);
  if (r.take('vmap')) {
    const to = parseElements(r, on, 'verdict');
    return [{ do: 'vmap', on, to }, `${selectorsText(on)} vmap ${elementsText(on, to)}`];
  }
  let mask: number | null = null;
  const type = on.length === 1 ? typeOf(first) : '';
  if (type === 'mark' && Object.hasOwn(arithmetic, r.text)) {
    if (arithmetic[r.next().text] !== 'and') r.unexpected();
    mask = r.number() >>> 0;
  }
  const op = ['==', '!=', '<', '>', '<=', '>='].includes(r.text) ? r.next().text : '==';
  const shownOp = op === '==' ? ' ' : ` ${op} `;
  const left = `${selectorsText(on)}${mask === null ? '' : ` & ${markText(mask)}`}`;
  if (r.is('{') || r.text.startsWith('@')) {
    const to = parseElements(r, on, '');
    const only = to.set === '' && to.entries.length === 1 ? (to.entries[0] as { key: string }).key : null;
    if (only !== null) return [{ do: 'match', on, op, mask, to: null, value: only }, `${left}${shownOp}${shown(type, only)}`];
    return [{ do: 'match', on, op, mask, to, value: '' }, `${left}${shownOp}${elementsText(on, to)}`];
  }
  const value = parseListOrKey(r, on, type);
  return [{ do: 'match', on, op, mask, to: null, value }, `${left}${shownOp}${shown(type, value)}`];
}

/** `ct state new,established`: a list without braces is a list of bits. */
function parseListOrKey(r: Reader, on: readonly Selector[], type: string): string {
  if (type !== 'state' && type !== 'status' && type !== 'flags') return parseKey(r, on.map(typeOf));
  const token = r.token;
  let text = r.word();
  while (r.take(',')) text += `,${r.word()}`;
  const value = canonical(type, text);
  if (value === null) throw new NftError(`syntax error, unexpected ${text}`, token);
  return value;
}

function parseMarkSet(r: Reader, selector: Selector): Said {
  const on = selector.kind as 'meta' | 'ct';
  const left = `${on} mark set`;
  // `mark set mark or X`, `meta mark set meta mark | X`, `meta mark set ct mark`, `mark set X`
  const own = r.is('mark') || ((r.is('meta') || r.is('ct')) && r.peek(1) === 'mark');
  if (!own) {
    const value = r.number() >>> 0;
    return [{ do: 'mark', on, op: 'set', value }, `${left} ${markText(value)}`];
  }
  const source = r.is('mark') ? 'meta' : r.next().text;
  r.expect('mark');
  if (!Object.hasOwn(arithmetic, r.text)) {
    if (source === on) r.unexpected();
    return [{ do: 'mark', on, op: 'from', value: 0 }, `${left} ${source} mark`];
  }
  if (source !== on) r.unexpected();
  const op = arithmetic[r.next().text] as 'or';
  const value = r.number() >>> 0;
  return [{ do: 'mark', on, op, value }, `${left} ${on} mark ${signs[op]} ${markText(value)}`];
}
