/** Reads `nft list table` text as far as kube-proxy asks for it: names of chains and sets, elements of ours. */
import type { TableContents } from './proxier.ts';
import { type Container, containers } from './service-plan.ts';

export function parseListing(text: string): TableContents {
  const contents: TableContents = { chains: [], sets: [], elements: {} };
  const head = /^\t(chain|set|map) (\S+) \{\n/gm;
  for (let match = head.exec(text); match; match = head.exec(text)) {
    const name = match[2] as string;
    if (match[1] === 'chain') contents.chains.push(name);
    else {
      if (match[1] === 'set') contents.sets.push(name);
      if ((containers as readonly string[]).includes(name)) contents.elements[name as Container] = elementsAt(text, head.lastIndex);
    }
  }
  return contents;
}

function elementsAt(text: string, from: number): Record<string, string> {
  const out: Record<string, string> = {};
  const end = text.indexOf('\n\t}', from);
  const mark = 'elements = {';
  const begin = text.indexOf(mark, from);
  if (begin < 0 || (end >= 0 && begin > end)) return out;
  const close = text.indexOf('}', begin);
  for (const part of text.slice(begin + mark.length, close < 0 ? end : close).split(',')) {
    const element = part.trim().replace(/\s+/g, ' ');
    const [whole, value] = splitVerdict(element);
    const key = whole.replace(/ comment "[^"]*"/, '');
    if (key !== '') out[key] = value;
  }
  return out;
}

/** A map's element ends with ` : goto CHAIN` or ` : drop`; comments and IPv6 addresses have colons too. */
function splitVerdict(element: string): [string, string] {
  const at = element.lastIndexOf(' : ');
  return at < 0 ? [element, ''] : [element.slice(0, at), element.slice(at + 3)];
}
