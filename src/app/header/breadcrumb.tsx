/** Where the map is and what is selected: each step but the last leads back to it. */

import { useNodes } from '../map/nodes.ts';
import { useRecord } from '../state/records.ts';
import { select, useUi } from '../state/ui.ts';
import { words } from '../words/en.ts';

interface Step {
  label: string;
  id: string;
}

export function Breadcrumb() {
  const selectedId = useUi((ui) => ui.selectedId);
  const record = useRecord(selectedId);
  const { glass, cluster } = useNodes();
  const steps: Step[] = [{ label: words.header.cluster, id: '' }];
  const node = record && 'node' in record && record.node ? record.node : record?.type === 'node' ? record.name : cluster ? '' : glass;
  if (node) steps.push({ label: node, id: `node/${node}` });
  if (record?.type === 'pod' || record?.type === 'service' || record?.type === 'object') steps.push({ label: record.name, id: record.id });
  if (record?.type === 'component') steps.push({ label: record.title, id: record.id });
  if (record?.type === 'kernel') steps.push({ label: record.table, id: record.id });
  return (
    <nav className="crumb" aria-label={words.header.place}>
      <ol>
        {steps.map((step, i) => (
          <li key={step.id}>
            {i === steps.length - 1 ? (
              <b aria-current="location">{step.label}</b>
            ) : (
              <button type="button" onClick={() => select(step.id)}>
                {step.label}
              </button>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
