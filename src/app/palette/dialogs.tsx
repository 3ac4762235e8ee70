/** Menus and dialogs, and what else floats above the page. */
import { useEffect } from 'react';
import { Faults } from '../faults/faults.tsx';
import { listenToRunKeys } from '../keys.ts';
import { LinkNotice } from '../share/link-notice.tsx';
import { listenToLocation } from '../share/open.ts';
import { Share } from '../share/share.tsx';
import { useUi } from '../state/ui.ts';
import { Announcer } from './announcer.tsx';
import { KeysDialog } from './keys-dialog.tsx';
import { More } from './more.tsx';
import { Palette } from './palette.tsx';

export function Dialogs() {
  const dialog = useUi((ui) => ui.dialog);
  useEffect(listenToRunKeys, []);
  useEffect(listenToLocation, []);
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
