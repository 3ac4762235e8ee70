/** Where the map is and what is selected: each step but the last leads back to it. */

import { useCompare } from '../compare/store.ts';
import { useNodes } from '../map/nodes.ts';
import { useRecord } from '../state/records.ts';
import { select, setUi, useUi } from '../state/ui.ts';
import { words } from '../words/en.ts';

interface Step {
  label: string;
  id: string;
}

export function Breadcrumb() {
  const selectedId = useUi((ui) => ui.selectedId);
  const record = useRecord(selectedId);
  const { glass, cluster } = useNodes();
  const opened = useUi((ui) => ui.opened);
  const pair = useCompare((compare) => compare.pair);
  const overlay = useUi((ui) => ui.overlay);
  const comparing = overlay === 'compare';
  const steps: Step[] = [{ label: words.header.cluster, id: '' }];
  const openedNode = opened.slice(0, opened.lastIndexOf('/'));
  const node = opened ? openedNode : record && 'node' in record && record.node ? record.node : record?.type === 'node' ? record.name : cluster ? '' : glass;
  if (node) steps.push({ label: node, id: `node/${node}` });
  if (opened) steps.push({ label: words.scenes[opened.slice(openedNode.length + 1) as keyof typeof words.scenes], id: opened });
  else if (record?.type === 'pod' || record?.type === 'service' || record?.type === 'object') steps.push({ label: record.name, id: record.id });
  if (!opened && record?.type === 'component') steps.push({ label: record.title, id: record.id });
  if (!opened && record?.type === 'kernel') steps.push({ label: record.table, id: record.id });
  if (overlay === 'lens' || overlay === 'rules') steps.push({ label: words.scenes.kernel, id: 'kernel' }, { label: words.header.covers[overlay], id: 'cover' });
  if (comparing && pair) steps.splice(0, steps.length, { label: words.header.runs, id: '' }, { label: words.header.pair(pair[0], pair[1]), id: 'pair' });
  return (
    <nav className="crumb" aria-label={words.header.place}>
      <ol>
        {steps.map((step, i) => (
          <li key={step.id}>
            {i === steps.length - 1 ? (
              <b aria-current="location" title={step.label}>
                {step.label}
              </b>
            ) : (
              <button
                type="button"
                onClick={() => {
                  if (comparing) {
                    setUi({ overlay: null, lowerTab: 'runs' });
                    return;
                  }
                  if (step.id === 'kernel') {
                    setUi({ overlay: null, opened: `${node || glass}/kernel` });
                    return;
                  }
                  setUi({ opened: '', overlay: null });
                  select(step.id);
                }}
              >
                {step.label}
              </button>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
