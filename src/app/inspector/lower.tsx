/** The lower half of the left column: Inspector, Messages, Shell. */
import { useWindowSize } from '../frame/window-size.ts';
import { Messages, MessagesAside } from '../messages/messages.tsx';
import { Shell, ShellAside } from '../shell/shell.tsx';
import { type LowerTab, setUi, useUi } from '../state/ui.ts';
import { words } from '../words/en.ts';
import { Inspector, InspectorAside } from './inspector.tsx';
import { Tabs } from './tabs.tsx';

const tabs: readonly LowerTab[] = ['inspector', 'messages', 'shell'];

export function Lower() {
  const tab = useUi((ui) => ui.lowerTab);
  const phone = useWindowSize().width < 640;
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
        {tab === 'inspector' ? <InspectorAside /> : tab === 'messages' ? <MessagesAside /> : <ShellAside />}
      </Tabs>
      <div className="tab-panel" role="tabpanel" id="lower-panel" aria-labelledby={`lower-${tab}`}>
        {tab === 'inspector' ? <Inspector /> : tab === 'messages' ? <Messages /> : <Shell />}
      </div>
    </>
  );
}
