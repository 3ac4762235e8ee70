/** What is selected: its state, why it is so, and all that is known of it. */
import type { ViewRecord } from '../../core/index.ts';
import { useNodes } from '../map/nodes.ts';
import { useRecord } from '../state/records.ts';
import { select, useUi } from '../state/ui.ts';
import { panelWords } from '../words/panels.en.ts';
import './inspector.css';
import { ComponentInspector, KernelInspector, NodeInspector, ObjectInspector, ServiceInspector } from './others.tsx';
import { PodInspector } from './pod.tsx';

const t = panelWords.inspector;

export function Inspector() {
  const selectedId = useUi((ui) => ui.selectedId);
  const record = useRecord(selectedId);
  const { glass } = useNodes();
  if (selectedId === '')
    return (
      <div className="insp empty">
        <p>{t.empty}</p>
        {glass && (
          <button type="button" className="btn" onClick={() => select(`node/${glass}`)}>
            {t.begin(glass)}
          </button>
        )}
      </div>
    );
  return <div className="insp">{record ? <Content key={selectedId} record={record} /> : <p className="quiet">{t.gone}</p>}</div>;
}

function Content({ record }: { record: ViewRecord }) {
  switch (record.type) {
    case 'pod':
      return <PodInspector pod={record} />;
    case 'node':
      return <NodeInspector node={record} />;
    case 'component':
      return <ComponentInspector component={record} />;
    case 'kernel':
      return <KernelInspector table={record} />;
    case 'service':
      return <ServiceInspector service={record} />;
    case 'object':
      return <ObjectInspector object={record} />;
    default:
      return null;
  }
}

/** At the right of the tabs: what kind of thing is selected. */
export function InspectorAside() {
  const record = useRecord(useUi((ui) => ui.selectedId));
  if (!record) return null;
  const words: Partial<Record<ViewRecord['type'], string>> = { pod: 'Pod', node: 'Node', service: 'Service', component: 'part', kernel: 'kernel' };
  return <span className="tabs-aside">{record.type === 'object' ? record.kind : words[record.type]}</span>;
}
