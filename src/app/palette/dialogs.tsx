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
