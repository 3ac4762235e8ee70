/** What a resolver on the internet says: an address for every name that may exist. */
import { type DnsMessage, decodeDns, encodeDns } from '../../contracts/dns.ts';
import { addressOfName, resolvable } from '../../contracts/public-names.ts';

/** The datagram that answers `data`; undefined when that is no question. */
export function answerName(data: string): string | undefined {
  const query = decodeDns(data);
  if (!query || query.rcode !== undefined) return undefined;
  const name = query.name.replace(/\.$/, '').toLowerCase();
  const base = { id: query.id, name: query.name, type: query.type, flags: ['qr', 'rd', 'ra'], authority: [], additional: [] };
  const exists =
    name.length <= 253 && /^[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)+$/.test(name) && !name.endsWith('.arpa') && resolvable(name);
  const answer: DnsMessage = exists
    ? { ...base, rcode: 'NOERROR', answers: query.type === 'A' ? [{ name: query.name, type: 'A', ttl: 300, data: addressOfName(name) }] : [] }
    : { ...base, rcode: 'NXDOMAIN', answers: [] };
  return encodeDns(answer);
}
