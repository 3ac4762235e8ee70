import { type PhoneTab, setUi, useUi } from '../state/ui.ts';
import { words } from '../words/en.ts';

const tabs: readonly PhoneTab[] = ['map', 'manifest', 'why', 'shell'];

export function PhoneTabs() {
  const tab = useUi((ui) => ui.phoneTab);
  const open = (next: PhoneTab): void =>
    setUi({ phoneTab: next, ...(next === 'why' ? { lowerTab: 'inspector' } : next === 'shell' ? { lowerTab: 'shell' } : {}) });
  return (
    <nav className="phone-tabs" aria-label={words.product}>
      {tabs.map((name) => (
        <button type="button" key={name} aria-current={tab === name ? 'page' : undefined} onClick={() => open(name)}>
          {words.phone[name]}
        </button>
      ))}
    </nav>
  );
}
