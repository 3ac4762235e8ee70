import { formatLabelSelector } from '../../api/selector.ts';
import type { EndpointSlice, KubeObject, Service } from '../../api/types.ts';
import { formatLabels } from '../printers/tables-services.ts';
import type { Run } from '../run.ts';
import { describeEvents } from './events.ts';
import { annotations, labels, Writer } from './writer.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of kinds without types
type Any = any;

function head(w: Writer, o: KubeObject): void {
  w.field(0, 'Name', o.metadata.name);
  w.field(0, 'Namespace', o.metadata.namespace ?? '');
  labels(w, 'Labels', o.metadata.labels);
  annotations(w, 'Annotations', o.metadata.annotations);
}

export function describeService(run: Run, o: KubeObject): string {
  const svc = o as Service;
  const { spec } = svc;
  const w = new Writer();
  head(w, o);
  w.field(0, 'Selector', formatLabels(spec.selector));
  w.field(0, 'Type', spec.type ?? 'ClusterIP');
  if (spec.ipFamilyPolicy) w.field(0, 'IP Family Policy', spec.ipFamilyPolicy);
  w.field(0, 'IP Families', (spec.ipFamilies ?? []).length > 0 ? (spec.ipFamilies ?? []).join(',') : '<none>');
  w.field(0, 'IP', spec.clusterIP ?? '');
  w.field(0, 'IPs', (spec.clusterIPs ?? []).length > 0 ? (spec.clusterIPs ?? []).join(',') : '<none>');
  if ((spec.externalIPs ?? []).length > 0) w.field(0, 'External IPs', (spec.externalIPs ?? []).join(','));
  if (spec.loadBalancerIP) w.field(0, 'Desired LoadBalancer IP', spec.loadBalancerIP);
  if (spec.externalName) w.field(0, 'External Name', spec.externalName);
  const ingress = svc.status?.loadBalancer?.ingress ?? [];
  if (ingress.length > 0)
    w.field(0, 'LoadBalancer Ingress', ingress.map((i) => (i.ip ? (i.ipMode ? `${i.ip} (${i.ipMode})` : i.ip) : (i.hostname ?? ''))).join(', '));
  const slices = (run.api({
    verb: 'list',
    resource: 'endpointslices.discovery.k8s.io',
    namespace: svc.metadata.namespace ?? '',
    labelSelector: `kubernetes.io/service-name=${svc.metadata.name}`,
  }).list?.items ?? []) as EndpointSlice[];
  for (const p of spec.ports ?? []) {
    const name = p.name || '<unset>';
    const protocol = p.protocol ?? 'TCP';
    w.row(0, 'Port:', name, `${p.port}/${protocol}`);
    w.field(0, 'TargetPort', `${p.targetPort ?? p.port}/${protocol}`);
    if (p.nodePort) w.row(0, 'NodePort:', name, `${p.nodePort}/${protocol}`);
    w.field(0, 'Endpoints', readyEndpoints(slices, p.name ?? ''));
  }
  w.field(0, 'Session Affinity', spec.sessionAffinity ?? 'None');
  if (spec.externalTrafficPolicy) w.field(0, 'External Traffic Policy', spec.externalTrafficPolicy);
  if (spec.internalTrafficPolicy) w.field(0, 'Internal Traffic Policy', spec.internalTrafficPolicy);
  if (spec.trafficDistribution) w.field(0, 'Traffic Distribution', spec.trafficDistribution);
  if (spec.healthCheckNodePort) w.field(0, 'HealthCheck NodePort', spec.healthCheckNodePort);
  if ((spec.loadBalancerSourceRanges ?? []).length > 0) w.field(0, 'LoadBalancer Source Ranges', (spec.loadBalancerSourceRanges ?? []).join(','));
  describeEvents(run, w, o);
  return w.toString();
}

const hostPort = (ip: string, port: number): string => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`);

/** formatEndpointSlices: ready ones, three at most. */
function readyEndpoints(slices: EndpointSlice[], portName: string): string {
  const list: string[] = [];
  let count = 0;
  for (const slice of slices) {
    const ports = (slice.ports ?? []).length > 0 ? (slice.ports ?? []) : [undefined];
    for (const port of ports) {
      if (port && (port.name ?? '') !== portName) continue;
      for (const e of slice.endpoints ?? []) {
        if (e.conditions?.ready === false) continue;
        count += 1;
        const address = e.addresses[0] ?? '';
        if (list.length < 3) list.push(port?.port === undefined ? address : hostPort(address, port.port));
      }
    }
  }
  return list.join(',') + (count > 3 ? ` + ${count - 3} more...` : '');
}

export function describeEndpoints(run: Run, o: KubeObject): string {
  const w = new Writer();
  head(w, o);
  w.write(0, 'Subsets:\n');
  for (const s of (o.subsets ?? []) as Any[]) {
    const list = (addresses: Any[] | undefined): string => (addresses && addresses.length > 0 ? addresses.map((a) => a.ip).join(',') : '<none>');
    w.field(1, 'Addresses', list(s.addresses));
    w.field(1, 'NotReadyAddresses', list(s.notReadyAddresses));
    if ((s.ports ?? []).length > 0) {
      w.write(1, 'Ports:\n');
      w.row(2, 'Name', 'Port', 'Protocol');
      w.row(2, '----', '----', '--------');
      for (const p of s.ports) w.row(2, p.name || '<unset>', p.port, p.protocol ?? 'TCP');
    }
    w.write(0, '\n');
  }
  describeEvents(run, w, o);
  return w.toString();
}

export function describeEndpointSlice(run: Run, o: KubeObject): string {
  const slice = o as EndpointSlice;
  const w = new Writer();
  head(w, o);
  w.field(0, 'AddressType', slice.addressType);
  const ports = slice.ports ?? [];
  if (ports.length === 0) w.field(0, 'Ports', '<unset>');
  else {
    w.write(0, 'Ports:\n');
    w.row(1, 'Name', 'Port', 'Protocol');
    w.row(1, '----', '----', '--------');
    for (const p of ports) w.row(1, p.name || '<unset>', p.port ?? '<unset>', p.protocol ?? 'TCP');
  }
  const endpoints = slice.endpoints ?? [];
  if (endpoints.length === 0) w.write(0, 'Endpoints:  <none>\n');
  else {
    w.write(0, 'Endpoints:\n');
    for (const e of endpoints) {
      w.write(1, `- Addresses:\t${e.addresses.join(', ')}\n`);
      w.write(2, 'Conditions:\n');
      w.field(3, 'Ready', e.conditions?.ready === undefined ? '<unset>' : String(e.conditions.ready));
      w.field(2, 'Hostname', e.hostname ?? '<unset>');
      if (e.targetRef) w.field(2, 'TargetRef', `${e.targetRef.kind}/${e.targetRef.name}`);
      w.field(2, 'NodeName', e.nodeName ?? '<unset>');
      w.field(2, 'Zone', e.zone ?? '<unset>');
    }
  }
  describeEvents(run, w, o);
  return w.toString();
}

export function describeIngress(run: Run, o: KubeObject): string {
  const w = new Writer();
  const { spec = {}, status = {} } = o as Any;
  w.field(0, 'Name', o.metadata.name);
  labels(w, 'Labels', o.metadata.labels);
  w.field(0, 'Namespace', o.metadata.namespace ?? '');
  w.field(0, 'Address', ((status.loadBalancer?.ingress ?? []) as Any[]).map((i) => i.ip || i.hostname).join(','));
  w.field(0, 'Ingress Class', spec.ingressClassName ?? '<none>');
  const backend = spec.defaultBackend;
  w.field(0, 'Default backend', backend ? backendText(run, o, backend) : '<default>');
  if ((spec.tls ?? []).length > 0) {
    w.write(0, 'TLS:\n');
    for (const t of spec.tls) w.write(1, `${t.secretName ? `${t.secretName} terminates` : 'SNI routes'} ${(t.hosts ?? []).join(',')}\n`);
  }
  w.write(0, 'Rules:\n');
  w.row(1, 'Host', 'Path', 'Backends');
  w.row(1, '----', '----', '--------');
  const rules: Any[] = (spec.rules ?? []).filter((r: Any) => r.http);
  if (rules.length === 0) w.write(1, `*\t*\t${backend ? backendText(run, o, backend) : '<default>'}\n`);
  for (const r of rules) {
    w.write(1, `${r.host || '*'}\t\n`);
    for (const p of r.http.paths ?? []) w.write(2, `\t${p.path ?? ''} \t${backendText(run, o, p.backend)}\n`);
  }
  annotations(w, 'Annotations', o.metadata.annotations);
  describeEvents(run, w, o);
  return w.toString();
}

function backendText(run: Run, o: KubeObject, backend: Any): string {
  if (backend.resource) return `APIGroup: ${backend.resource.apiGroup ?? ''}, Kind: ${backend.resource.kind}, Name: ${backend.resource.name}`;
  const s = backend.service ?? {};
  const port = s.port?.name ?? s.port?.number ?? '';
  const namespace = o.metadata.namespace ?? '';
  const service = run.api({ verb: 'get', resource: 'services', namespace, name: s.name ?? '' }).object as Service | undefined;
  if (!service) return `${s.name}:${port} (<error: services "${s.name}" not found>)`;
  const slices = (run.api({
    verb: 'list',
    resource: 'endpointslices.discovery.k8s.io',
    namespace,
    labelSelector: `kubernetes.io/service-name=${s.name}`,
  }).list?.items ?? []) as EndpointSlice[];
  const named = (service.spec.ports ?? []).find((p) => p.name === port || p.port === port);
  return `${s.name}:${port} (${named ? readyEndpoints(slices, named.name ?? '') : ''})`;
}

export function describeNetworkPolicy(_run: Run, o: KubeObject): string {
  const w = new Writer();
  const { metadata, spec = {} } = o as Any;
  w.field(0, 'Name', metadata.name);
  w.field(0, 'Namespace', metadata.namespace ?? '');
  w.field(0, 'Created on', goTime(metadata.creationTimestamp));
  labels(w, 'Labels', metadata.labels);
  annotations(w, 'Annotations', metadata.annotations);
  w.write(0, 'Spec:\n');
  w.write(1, 'PodSelector: ');
  const selector = spec.podSelector ?? {};
  if (Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0)
    w.write(0, '    <none> (Allowing the specific traffic to all pods in this namespace)\n');
  else w.write(0, `    ${formatLabelSelector(selector)}\n`);
  const types: string[] = spec.policyTypes ?? [];
  rules(w, 'ingress', types.includes('Ingress'), spec.ingress ?? [], 'from');
  rules(w, 'egress', types.includes('Egress'), spec.egress ?? [], 'to');
  w.write(1, `Policy Types: ${types.join(', ')}\n`);
  return w.toString();
}

function goTime(time: string): string {
  return `${time.replace('T', ' ').replace('Z', '')} +0000 UTC`;
}

function rules(w: Writer, word: 'ingress' | 'egress', applies: boolean, list: Any[], side: 'from' | 'to'): void {
  if (!applies) {
    w.write(1, `Not affecting ${word} traffic\n`);
    return;
  }
  w.write(1, `Allowing ${word} traffic:\n`);
  if (list.length === 0) {
    w.write(2, `<none> (Selected pods are isolated for ${word} connectivity)\n`);
    return;
  }
  const title = side === 'from' ? 'From' : 'To';
  for (const [i, rule] of list.entries()) {
    const ports: Any[] = rule.ports ?? [];
    if (ports.length === 0) w.write(2, 'To Port: <any> (traffic allowed to all ports)\n');
    else for (const p of ports) w.write(2, `To Port: ${p.port ?? '<any>'}/${p.protocol ?? 'TCP'}\n`);
    const peers: Any[] = rule[side] ?? [];
    if (peers.length === 0) w.write(2, `${title}: <any> (traffic not restricted by ${side === 'from' ? 'source' : 'destination'})\n`);
    for (const p of peers) {
      w.write(2, `${title}:\n`);
      if (p.podSelector && p.namespaceSelector) {
        w.write(3, `NamespaceSelector: ${formatLabelSelector(p.namespaceSelector)}\n`);
        w.write(3, `PodSelector: ${formatLabelSelector(p.podSelector)}\n`);
      } else if (p.podSelector) w.write(3, `PodSelector: ${formatLabelSelector(p.podSelector)}\n`);
      else if (p.namespaceSelector) w.write(3, `NamespaceSelector: ${formatLabelSelector(p.namespaceSelector)}\n`);
      else if (p.ipBlock) {
        w.write(3, 'IPBlock:\n');
        w.write(4, `CIDR: ${p.ipBlock.cidr}\n`);
        w.write(4, `Except: ${(p.ipBlock.except ?? []).join(', ')}\n`);
      }
    }
    if (i !== list.length - 1) w.write(2, '----------\n');
  }
}
