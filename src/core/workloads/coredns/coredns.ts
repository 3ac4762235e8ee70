/** The program `/coredns`: watches the API, answers on UDP and TCP 53, is healthy on 8080 and ready on 8181. Simplified: one zone, `cluster.local` unless its Corefile says another; no cache; what is not in it goes to the first server of /etc/resolv.conf. */

import { decodeDns } from '../../contracts/dns.ts';
import { httpResponse } from '../../contracts/http.ts';
import { apiserver, type WatchEvent, type WatchRequest } from '../../contracts/watch.ts';
import type { Program } from '../kernel/program.ts';
import type { Sys } from '../kernel/sys.ts';
import { answerDns, type Zone } from './answer.ts';
import { forward, forwarded, giveUp, type Pending, reply } from './forward.ts';
import { applyToZone, emptyZone } from './zone.ts';

interface CorednsData {
  zone: Zone;
  synced: string[];
  /** Questions that wait for the upstream server. */
  pending: Pending[];
}

const resources = ['namespaces', 'services', 'endpointslices.discovery.k8s.io'];
/** One-way time of a watch's opening to the API server, as `apiLatencyMs.request`. */
const requestMs = 2;

export const coredns: Program = {
  rssBytes: 15 * 1024 * 1024,
  start(sys) {
    const at = sys.argv.indexOf('-conf');
    const corefile = sys.files.read(at > 0 ? (sys.argv[at + 1] ?? '') : 'Corefile');
    const domain = 'error' in corefile ? undefined : /kubernetes\s+([a-z0-9.-]+)/.exec(corefile.text)?.[1];
    const zone = emptyZone((domain ?? 'cluster.local').replace(/\.$/, ''));
    zone.serial = Math.floor(sys.epochMs / 1000);
    const data: CorednsData = { zone, synced: [], pending: [] };
    sys.process.data = data;
    for (const [protocol, port] of [
      ['udp', 53],
      ['tcp', 53],
      ['tcp', 8080],
      ['tcp', 8181],
      ['tcp', 9153],
    ] as const) {
      const answer = sys.socket({
        type: 'Socket',
        op: 'listen',
        netns: sys.netns,
        protocol,
        ip: '::',
        port,
        owner: sys.self,
        tag: sys.tag(`${protocol}${port}`),
      });
      if (!answer.error) continue;
      sys.err(`Listen: listen ${protocol} :${port}: bind: address already in use\n`);
      return 1;
    }
    for (const resource of resources) {
      const watch: WatchRequest = { type: 'Watch', watch: sys.tag(resource), resource };
      sys.kernel.ctx.send(apiserver, watch, requestMs);
    }
    sys.out(`.:53\nCoreDNS-1.13.1\nlinux/amd64, go1.25.2\n`);
    return undefined;
  },
  resume(sys, event) {
    const data = sys.process.data as CorednsData;
    if (event.type === 'message') {
      if (event.body.type === 'WatchEvent') watched(data, event.body as WatchEvent);
      return undefined;
    }
    if (event.type === 'Datagram' && event.error === undefined) {
      const query = decodeDns(event.data);
      if (!query || sys.container.fault?.fail) return undefined;
      if (query.rcode !== undefined) {
        forwarded(sys, data.pending, query);
        return undefined;
      }
      if (!data.zone.localIPs.includes(event.localIP) && data.zone.localIPs.length < 4) data.zone.localIPs.push(event.localIP);
      const answer = answerDns(data.zone, query);
      if (answer.rcode !== 'SERVFAIL' || !forward(sys, data.pending, query, event.peerIP, event.peerPort)) reply(sys, event.peerIP, event.peerPort, answer);
      return undefined;
    }
    if (event.type === 'timer') {
      giveUp(sys, data.pending);
      return undefined;
    }
    if (event.type === 'Accepted' || event.type === 'Received') http(sys, data, event);
    return undefined;
  },
  signal(sys, signal) {
    if (signal !== 'TERM' && signal !== 'INT') return false;
    sys.out(`[INFO] SIG${signal}: Shutting down servers then terminating\n`);
    return 0;
  },
};

function watched(data: CorednsData, e: WatchEvent): void {
  if (e.event === 'SYNCED') {
    if (!data.synced.includes(e.resource)) data.synced.push(e.resource);
  } else if (e.object) applyToZone(data.zone, e.resource.split('.')[0] as string, e.object, e.event === 'DELETED');
}

/** `/health` of 8080, `/ready` of 8181. */
function http(sys: Sys, data: CorednsData, event: { connection: string; data?: string; type: string; closed?: boolean }): void {
  const text = event.data ?? '';
  if (text === '') {
    if (event.closed) sys.socket({ type: 'Socket', op: 'close', netns: sys.netns, connection: event.connection });
    return;
  }
  const path = /^GET (\S+)/.exec(text)?.[1];
  const ready = data.synced.length === resources.length && !sys.container.fault?.fail;
  const [status, body] =
    path === '/health'
      ? [sys.container.fault?.fail ? 503 : 200, 'OK']
      : path === '/ready'
        ? ready
          ? [200, 'OK']
          : [503, 'kubernetes']
        : [404, '404 page not found\n'];
  sys.socket({
    type: 'Socket',
    op: 'send',
    netns: sys.netns,
    connection: event.connection,
    data: httpResponse(status as number, { 'Content-Length': String((body as string).length), Connection: 'close' }, body as string),
    close: true,
  });
}
