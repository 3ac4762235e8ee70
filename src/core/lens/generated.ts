/** Services that fill up a cluster: three endpoints each, in namespaces that sort before and after most, so that a Service stands about in the middle of them. */
import type { EndpointSlice, KubeObject, Service } from '../api/types.ts';

export const mostGenerated = 50_000;
const endpoints = 3;

/** `10.96.0.0/16` → addresses from its upper three quarters; those in `taken` are passed over. */
function addresses(serviceCIDR: string, taken: ReadonlySet<string>): (i: number) => string {
  const [base = '10.96.0.0', bits = '16'] = serviceCIDR.split(',')[0]?.split('/') ?? [];
  const [a = 0, b = 0, c = 0, d = 0] = base.split('.').map(Number);
  const size = 2 ** Math.max(0, 32 - Number(bits));
  const start = ((a * 256 + b) * 256 + c) * 256 + d;
  let next = Math.floor(size / 8);
  return () => {
    for (;;) {
      next += 1;
      const n = start + (next % size);
      const ip = `${Math.floor(n / 16_777_216) % 256}.${Math.floor(n / 65_536) % 256}.${Math.floor(n / 256) % 256}.${n % 256}`;
      if (!taken.has(ip) && n % 256 !== 0) return ip;
    }
  };
}

export function generatedServices(count: number, serviceCIDR: string, taken: ReadonlySet<string>): KubeObject[] {
  const out: KubeObject[] = [];
  const nextAddress = addresses(serviceCIDR, taken);
  const total = Math.min(count, mostGenerated);
  const before = Math.ceil(total / 2);
  for (let i = 0; i < total; i += 1) {
    const namespace = i < before ? 'apps' : 'shop';
    const name = `app-${String(i + 1).padStart(5, '0')}`;
    const ip = nextAddress(i);
    const service: Service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace, uid: `generated-${i}`, resourceVersion: '1', creationTimestamp: '' },
      spec: {
        type: 'ClusterIP',
        clusterIP: ip,
        clusterIPs: [ip],
        ipFamilies: ['IPv4'],
        ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }],
        internalTrafficPolicy: 'Cluster',
        sessionAffinity: 'None',
      },
    } as Service;
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `${name}-x`, namespace, uid: '', resourceVersion: '1', creationTimestamp: '', labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints: Array.from({ length: endpoints }, (_, e) => ({
        addresses: [endpointIP(i * endpoints + e)],
        nodeName: 'elsewhere',
        conditions: { ready: true },
      })),
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    } as unknown as EndpointSlice;
    out.push(service, slice);
  }
  return out;
}

/** Of pods on machines that are not drawn: 10.128.0.0/9. */
const endpointIP = (n: number): string => `10.${128 + (Math.floor(n / 62_500) % 127)}.${Math.floor(n / 250) % 250}.${2 + (n % 250)}`;
