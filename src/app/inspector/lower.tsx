/** The lower half of the left column: Inspector, Messages, Shell, and Runs once there are two. */
import { useWindowSize } from '../frame/window-size.ts';
import { late } from '../late.tsx';
import { details } from '../load-details.ts';
import { Messages, MessagesAside } from '../messages/messages.tsx';
import { useFrame } from '../state/run.ts';
import { type LowerTab, setUi, useUi } from '../state/ui.ts';
import { words } from '../words/en.ts';
import { Tabs } from './tabs.tsx';

const RunsPanel = late(() => details().then((chunk) => chunk.RunsPanel));
const Inspector = late(() => details().then((chunk) => chunk.Inspector));
const InspectorAside = late(() => details().then((chunk) => chunk.InspectorAside));
const Shell = late(() => details().then((chunk) => chunk.Shell));
const ShellAside = late(() => details().then((chunk) => chunk.ShellAside));

export function Lower() {
  const tab = useUi((ui) => ui.lowerTab);
  const phone = useWindowSize().width < 640;
  const many = useFrame((run) => run.runs.list.length > 1);
  const tabs: LowerTab[] = ['inspector', 'messages', 'shell'];
  if (many || tab === 'runs') tabs.push('runs');
  return (
    <>
      <Tabs
        id="lower"
        label={words.regions.lower}
        tabs={tabs}
        names={words.lower}
        current={tab}
        onChange={(lowerTab) => setUi({ lowerTab, ...(phone ? { phoneTab: lowerTab === 'shell' ? 'shell' : 'why' } : {}) })}
      >
        {tab === 'inspector' ? <InspectorAside /> : tab === 'messages' ? <MessagesAside /> : tab === 'shell' ? <ShellAside /> : null}
      </Tabs>
      <div className="tab-panel" role="tabpanel" id="lower-panel" aria-labelledby={`lower-${tab}`}>
        {tab === 'inspector' && <Inspector />}
        {tab === 'messages' && <Messages />}
        {tab === 'shell' && <Shell />}
        {tab === 'runs' && <RunsPanel />}
      </div>
    </>
  );
}
