/** Menus and dialogs, and what else floats above the page. */
import { useEffect } from 'react';
import { listenToRunKeys } from '../keys.ts';
import { late } from '../late.tsx';
import { details } from '../load-details.ts';
import { panels } from '../load-panels.ts';
import { listenToLocation } from '../share/open.ts';
import { useUi } from '../state/ui.ts';

const Faults = late(() => details().then((chunk) => chunk.Faults));
const Share = late(() => details().then((chunk) => chunk.Share));
const KeysDialog = late(() => details().then((chunk) => chunk.KeysDialog));
const More = late(() => details().then((chunk) => chunk.More));
const Palette = late(() => details().then((chunk) => chunk.Palette));
const LinkNotice = late(() => panels().then((chunk) => chunk.LinkNotice));
const Announcer = late(() => panels().then((chunk) => chunk.Announcer));

export function Dialogs() {
  const dialog = useUi((ui) => ui.dialog);
  useEffect(listenToRunKeys, []);
  useEffect(listenToLocation, []);
  useEffect(() => (dialog === null ? undefined : holdKeysUntilOpen()), [dialog]);
  return (
    <>
      {dialog === 'palette' && <Palette />}
      {dialog === 'faults' && <Faults />}
      {dialog === 'share' && <Share />}
      {dialog === 'keys' && <KeysDialog />}
      {dialog === 'more' && <More />}
      <LinkNotice />
      <Announcer />
    </>
  );
}

/** A dialog that was asked for and is still being loaded: what is typed meanwhile is not for what had the focus before. */
function holdKeysUntilOpen(): () => void {
  const hold = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' || document.querySelector('[role="dialog"]')) return;
    event.preventDefault();
    event.stopPropagation();
  };
  addEventListener('keydown', hold, true);
  return () => removeEventListener('keydown', hold, true);
}
