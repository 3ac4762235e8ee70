/** Nodes, parts, kernel tables, Services and other objects. */
import { useCallback, useMemo } from 'react';
import type { ComponentRecord, KernelRecord, MessageRecord, NodeRecord, ObjectRecord, ServiceRecord } from '../../core/index.ts';
import { podsOf } from '../editor/documents.ts';
import { StateGlyph } from '../map/glyphs.tsx';
import { useRecords } from '../state/records.ts';
import { useFrame } from '../state/run.ts';
import { select } from '../state/ui.ts';
import { panelWords } from '../words/panels.en.ts';
import { AboutMessages, Conditions, Events, Pods, Yaml } from './about.tsx';
import { Facts, Heading, Section, Verbatim } from './parts.tsx';
import { useAsked } from './use-asked.ts';
import { Why } from './why.tsx';

const t = panelWords.inspector;

export function NodeInspector({ node }: { node: NodeRecord }) {
  const pods = useRecords('pod');
  const here = pods.filter((pod) => pod.node === node.name);
  const name = { kind: 'Node', namespace: '', name: node.name };
  return (
    <>
      <Heading family={node.family} title={node.status} right={node.name} />
      <Verbatim text={node.failedUnits.map((u) => `${u.unit}: ${u.words}`).join('\n')} />
      <Facts
        facts={[
          [t.of(node.unitsActive, node.unitsTotal), t.facts.units],
          [String(here.length), t.facts.pods],
          [node.kubeletVersion, t.facts.kubelet],
        ]}
      />
      <Why about={node.id} />
      <Conditions of={name} />
      <Pods pods={here} />
      <AboutMessages about={node.id} />
      <Events of={name} />
      <Yaml of={name} />
    </>
  );
}

export function ComponentInspector({ component }: { component: ComponentRecord }) {
  const host = component.address.includes('/') ? component.address.slice(0, component.address.indexOf('/')) : '';
  const { address } = component;
  const passes = useCallback(
    (m: MessageRecord) => m.from === address || m.to === address || m.from.startsWith(`${address}/`) || m.to.startsWith(`${address}/`),
    [address],
  );
  return (
    <>
      <Heading family={component.up ? 'ready' : 'off'} title={component.title} right={component.up ? component.right : component.words} />
      <dl className="insp-pairs">
        {component.facts.map(([left, right]) => (
          <div key={left}>
            <dt>{left}</dt>
            <dd>{right}</dd>
          </div>
        ))}
      </dl>
      {host && <p className="quiet">{t.on(host)}</p>}
      <Why about={component.id} />
      <AboutMessages passes={passes} />
    </>
  );
}

const tools: Record<KernelRecord['table'], string> = {
  cgroups: '',
  routes: 'ip route',
  conntrack: 'conntrack -L',
  netfilter: 'iptables-save',
  ipvs: 'ipvsadm -Ln',
};

export function KernelInspector({ table }: { table: KernelRecord }) {
  const second = useFrame((run) => Math.floor(run.nowMs / 1000));
  const command = tools[table.table];
  const { answer } = useAsked(command ? { q: 'tool', node: table.node, command } : null, second, 1000);
  const whole = answer?.trimEnd() || table.rows.join('\n');
  return (
    <>
      <Heading family={null} title={table.table} right={table.right} />
      <p className="quiet">{t.kernelOf(table.node)}</p>
      <dl className="insp-pairs">
        {[...table.facts, ...(table.bars ?? []).map((bar): [string, string] => [bar.label, bar.value])].map(([left, right]) => (
          <div key={left}>
            <dt>{left}</dt>
            <dd>{right}</dd>
          </div>
        ))}
      </dl>
      {whole && (
        <Section title={command || t.table}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable. */}
          <section className="insp-text tall" tabIndex={0} aria-label={command || t.table}>
            <pre>{whole}</pre>
          </section>
        </Section>
      )}
    </>
  );
}

export function ServiceInspector({ service }: { service: ServiceRecord }) {
  const pods = useRecords('pod');
  const name = { kind: 'Service', namespace: service.namespace, name: service.name };
  const ready = service.endpoints.filter((e) => e.ready).length;
  return (
    <>
      <Heading family={null} title={service.name} right={`Service, ${service.namespace}`} />
      <Facts
        facts={[
          [service.clusterIP || '–', t.facts.clusterIP],
          [t.of(ready, service.endpoints.length), t.facts.endpoints],
          [service.serviceType, t.facts.type],
        ]}
      />
      <Section title={t.ports}>
        <ul className="insp-lines mono">
          {service.ports.map((p) => (
            <li key={`${p.protocol}${p.port}`}>
              {p.port}
              {p.nodePort ? `:${p.nodePort}` : ''}/{p.protocol} → {p.targetPort}
            </li>
          ))}
        </ul>
      </Section>
      <Section title={t.endpoints}>
        <ul className="insp-rows">
          {service.endpoints.slice(0, 100).map((e) => {
            const pod = pods.find((p) => p.name === e.pod && p.namespace === service.namespace);
            const family = e.terminating ? 'terminating' : e.ready ? 'ready' : 'notReady';
            return (
              <li key={`${e.ip}${e.pod}`}>
                <button type="button" disabled={!pod} onClick={() => pod && select(pod.id)}>
                  <StateGlyph family={family} />
                  <span>
                    <code>{e.ip}</code> {e.pod} {e.terminating ? t.terminating : e.ready ? t.ready : t.notReadyEndpoint}
                  </span>
                </button>
              </li>
            );
          })}
        </ul>
      </Section>
      <Why about={service.id} />
      <AboutMessages about={service.id} />
      <Events of={name} uid={service.uid} />
      <Yaml of={name} />
    </>
  );
}

export function ObjectInspector({ object }: { object: ObjectRecord }) {
  const pods = useRecords('pod');
  const { kind, namespace, name } = object;
  const mine = useMemo(() => podsOf({ kind, namespace, name, line: 0, endLine: 0 }, { pods, services: [], objects: [] }), [kind, namespace, name, pods]);
  return (
    <>
      <Heading family={object.family} title={name} right={kind} />
      <Verbatim text={object.summary} />
      <Why about={object.id} />
      <Conditions of={object} />
      {object.notSimulated.length > 0 && (
        <Section title={t.notSimulated}>
          <ul className="insp-lines">
            {object.notSimulated.map((n) => (
              <li key={n.path}>
                <code>∅ {n.path}</code> {n.reason}
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Pods pods={mine} />
      <AboutMessages about={object.id} />
      <Events of={object} uid={object.uid} />
      <Yaml of={object} />
    </>
  );
}
