/** Says changes of the selected thing's state, at most one a second. */
import { useEffect, useRef, useState } from 'react';
import { useRecord } from '../state/records.ts';
import { useUi } from '../state/ui.ts';

export function Announcer() {
  const record = useRecord(useUi((ui) => ui.selectedId));
  const words =
    record?.type === 'pod'
      ? `${record.name}: ${record.status}, ${record.readyContainers}/${record.totalContainers}`
      : record?.type === 'node'
        ? `${record.name}: ${record.status}`
        : record?.type === 'component'
          ? `${record.title}: ${record.up ? 'up' : record.words}`
          : '';
  const [said, setSaid] = useState('');
  const last = useRef(0);
  useEffect(() => {
    const timer = setTimeout(
      () => {
        last.current = performance.now();
        setSaid(words);
      },
      Math.max(0, last.current + 1000 - performance.now()),
    );
    return () => clearTimeout(timer);
  }, [words]);
  return (
    <p className="unseen" role="status" aria-live="polite">
      {said}
    </p>
  );
}
