import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { DnsRecord, DnsType } from '../../contracts/dns.ts';
import { answerDns } from './answer.ts';
import { applyToZone, emptyZone } from './zone.ts';

const recording = JSON.parse(readFileSync(new URL('../../../../fixtures/recordings/dns/services.json', import.meta.url), 'utf8'));
const zone = emptyZone('cluster.local');
for (const object of recording.objects) {
  zone.namespaces[object.metadata.namespace] = true;
  applyToZone(zone, object.kind === 'Service' ? 'services' : 'endpointslices', object, false);
}
zone.localIPs = ['10.200.0.1'];
zone.serial = 1795222140;
const line = (r: DnsRecord): string => `${r.name} ${r.ttl} IN ${r.type} ${r.data}`;

test.each(recording.queries as { name: string; type: DnsType; rcode: string; flags: string[]; answer: string[]; authority: string[]; additional: string[] }[])(
  '$type $name',
  (q) => {
    const got = answerDns(zone, { id: 1, name: q.name, type: q.type });
    expect({
      rcode: got.rcode,
      flags: got.flags,
      answer: (got.answers ?? []).map(line).sort(),
      authority: (got.authority ?? []).map(line).sort(),
      additional: (got.additional ?? []).map(line).sort(),
    }).toEqual({ rcode: q.rcode, flags: q.flags, answer: [...q.answer].sort(), authority: q.authority, additional: [...q.additional].sort() });
  },
);
