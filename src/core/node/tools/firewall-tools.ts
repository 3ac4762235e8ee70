/** iptables, iptables-save, iptables-restore and their ip6 twins, nft. The kernel answers; these print. */
import type { Family, IptablesCommand, IptablesRestore, IptablesSave, NetfilterAnswer, NftList, NftTransaction } from '../../contracts/netfilter.ts';
import { osOf, type Tool, type ToolEnvironment, type ToolResult } from '../../contracts/os.ts';

type Request = IptablesCommand | IptablesRestore | IptablesSave | NftList | NftTransaction;

const ask = (env: ToolEnvironment, request: Request): NetfilterAnswer => env.call<NetfilterAnswer>(osOf(env.host), request);

const said = ({ text, error, code }: NetfilterAnswer): ToolResult => ({
  stdout: text ?? '',
  stderr: error === undefined ? '' : `${error}\n`,
  code: code ?? (error === undefined ? 0 : 1),
});
const failed = (stderr: string, code = 1): ToolResult => ({ stdout: '', stderr: `${stderr}\n`, code });

export const iptables =
  (family: Family): Tool =>
  (argv, env) =>
    said(ask(env, { type: 'Iptables', family, argv: argv.slice(1) }));

export const iptablesSave =
  (family: Family): Tool =>
  (argv, env) => {
    const request: { -readonly [K in keyof IptablesSave]: IptablesSave[K] } = { type: 'IptablesSave', family };
    for (let i = 1; i < argv.length; i += 1) {
      const word = argv[i] as string;
      if (word === '-t' || word === '--table') {
        i += 1;
        request.table = argv[i] ?? '';
      } else if (word.startsWith('--table=')) request.table = word.slice(8);
      else if (word === '-c' || word === '--counters') request.counters = true;
    }
    return said(ask(env, request));
  };

export const iptablesRestore =
  (family: Family): Tool =>
  (argv, env) =>
    said(ask(env, { type: 'IptablesRestore', family, text: env.stdin, noflush: argv.includes('-n') || argv.includes('--noflush') }));

export const nft: Tool = (argv, env) => {
  const words = argv.slice(1).filter((word) => !/^(-[sanSyupTN]+|--stateless|--handle|--numeric)$/.test(word));
  if (words[0] === '-v' || words[0] === '--version') return { stdout: 'nftables v1.0.6 (Lester Gooch #5)\n', stderr: '', code: 0 };
  if (words[0] === '-f' || words[0] === '--file') {
    if (words[1] !== '-' && words[1] !== '/dev/stdin') return failed(`nft: reads standard input only: nft -f -`);
    return said(ask(env, { type: 'Nft', text: env.stdin }));
  }
  if (words[0] !== 'list') return words.length === 0 ? failed('nft: no command specified') : said(ask(env, { type: 'Nft', text: words.join(' ') }));
  return list(words.slice(1), env);
};

function list(words: string[], env: ToolEnvironment): ToolResult {
  const [what, ...rest] = words;
  const family = rest[0] === 'ip' || rest[0] === 'ip6' ? rest.shift() : rest[0] === 'inet' ? rest.shift() : undefined;
  const [table, name] = rest;
  const request: { -readonly [K in keyof NftList]: NftList[K] } = { type: 'NftList' };
  if (family === 'ip' || family === 'ip6') request.family = family;
  if (table !== undefined && what !== 'ruleset') request.table = table;
  const answer = ask(env, request);
  if (answer.error !== undefined) return said(answer);
  const text = answer.text ?? '';
  switch (what) {
    case 'ruleset':
    case 'table':
      return said(answer);
    case 'tables':
      return said({
        text: text
          .split('\n')
          .filter((line) => line.startsWith('table '))
          .map((line) => `${line.slice(0, -2)}\n`)
          .join(''),
      });
    case 'chains':
    case 'sets':
    case 'maps':
      return said({ text: blocks(text, (head) => head.startsWith(`${what.slice(0, -1)} `), what === 'chains') });
    case 'chain':
    case 'set':
    case 'map': {
      const found = blocks(text, (head) => head === `${what} ${name}`, false);
      if (name !== undefined && found.includes(`${what} ${name} {`)) return said({ text: found });
      return failed(`Error: No such file or directory\nlist ${words.join(' ')}`);
    }
    default:
      return failed(`Error: syntax error, unexpected ${what ?? 'newline'}\nlist ${words.join(' ')}`);
  }
}

/** The blocks of a listing whose head is wanted, in their tables. `short`: heads and hooks only. */
function blocks(text: string, wanted: (head: string) => boolean, short: boolean): string {
  const out: string[] = [];
  let inside = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('table ') || line === '}') out.push(line);
    else if (/^\t\S.*\{$/.test(line)) {
      inside = wanted(line.slice(1, -2));
      if (inside) out.push(line);
    } else if (inside) {
      if (!short || line.startsWith('\t\ttype ') || line === '\t}') out.push(line);
      if (line === '\t}') inside = false;
    }
  }
  return out.length === 0 ? '' : `${out.join('\n')}\n`;
}
