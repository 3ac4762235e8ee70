/**
 * DNS over the simulated sockets: the `data` of a datagram to or from port 53 is one JSON object, `DnsMessage`. A question has `rcode` absent.
 * Names are lower case with their final dot. Record data is text as in a zone file: `10.96.0.1`, `0 100 80 web.default.svc.cluster.local.` (SRV).
 */
export type DnsType = 'A' | 'AAAA' | 'SRV' | 'PTR' | 'CNAME' | 'TXT' | 'NS' | 'SOA' | 'MX' | 'ANY';

export interface DnsRecord {
  name: string;
  type: DnsType;
  ttl: number;
  data: string;
}

export interface DnsMessage {
  id: number;
  name: string;
  type: DnsType;
  rcode?: 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED' | 'NOTIMP';
  /** `qr aa rd`, as dig prints them. */
  flags?: string[];
  answers?: DnsRecord[];
  authority?: DnsRecord[];
  additional?: DnsRecord[];
}

export const encodeDns = (message: DnsMessage): string => JSON.stringify(message);

/** The message in a datagram, or undefined when it is none. */
export function decodeDns(data: string): DnsMessage | undefined {
  if (!data.startsWith('{') || data.length > 65_535) return undefined;
  try {
    const m = JSON.parse(data) as Partial<DnsMessage>;
    return typeof m.id === 'number' && typeof m.name === 'string' && typeof m.type === 'string' ? (m as DnsMessage) : undefined;
  } catch {
    return undefined;
  }
}
