/** What can be found and done. */
import { compareLatest } from '../compare/store.ts';
import { addSnippet } from '../editor/add-snippet.ts';
import { apply } from '../editor/apply.ts';
import { chooseFiles } from '../editor/intake-door.ts';
import { snippetIds } from '../editor/snippets.ts';
import { exportKinds, takeAlong } from '../export/take.ts';
import { records } from '../state/records.ts';
import { useRun } from '../state/run.ts';
import { session, togglePlay } from '../state/session.ts';
import { openOverlay, select, setUi, useUi } from '../state/ui.ts';
import { toggleBookmark, useBookmarks } from '../timebar/bookmarks.ts';
import { jumpChange, seekTo, toStart } from '../timebar/controls.ts';
import { trackPx } from '../timebar/keys.ts';
import { timeText } from '../timebar/time-text.ts';
import { setZoom, zoomKey } from '../timebar/view.ts';
import { type Language, languages } from '../words/language.ts';
import { panelWords } from '../words/panels.en.ts';
import type { Item } from './find.ts';

const t = panelWords.palette;
const modes = ['iptables', 'ipvs', 'nftables'] as const;

export function items(): Item[] {
  return [...goTo(), ...doings(), ...settings()];
}

function goTo(): Item[] {
  const out: Item[] = [];
  const go = (id: string, name: string, fact: string, family: Item['family']): void => {
    out.push({ id: `go ${id}`, group: 'go', name, fact, keys: '', family, act: () => select(id) });
  };
  for (const object of records.list('object')) go(object.id, object.name, t.object(object.kind, object.summary), object.family);
  for (const pod of records.list('pod')) go(pod.id, pod.name, t.pod(pod.node, pod.family !== 'notReady'), pod.family);
  for (const node of records.list('node')) go(node.id, node.name, t.node(node.status), node.family);
  for (const service of records.list('service')) go(service.id, service.name, t.service(service.clusterIP), null);
  for (const part of records.list('component'))
    go(part.id, part.title, t.part(part.address.includes('/') ? part.address.slice(0, part.address.indexOf('/')) : ''), part.up ? null : 'off');
  for (const ms of useBookmarks.getState().times)
    out.push({ id: `bookmark ${ms}`, group: 'go', name: t.toBookmark(timeText(ms)), fact: '', keys: '', family: null, act: () => seekTo(ms) });
  for (const table of records.list('kernel')) go(table.id, table.table, t.kernel(table.node), null);
  return out;
}

function doings(): Item[] {
  const { playing } = useRun.getState();
  const selected = records.get(useUi.getState().selectedId);
  const selectedName = selected && 'name' in selected ? selected.name : '';
  const act = (id: string, name: string, keys: string, run: () => void): Item => ({
    id: `do ${id}`,
    group: 'do',
    name,
    fact: '',
    keys,
    family: null,
    act: run,
  });
  const out = [
    act('play', playing ? t.pause : t.play, 'Space', togglePlay),
    act('start', t.toStart, '', toStart),
    act('apply', t.apply, 'Ctrl ↵', () => void apply()),
    act('files', t.files, '', chooseFiles),
    ...snippetIds.map((id) => act(`add ${id}`, panelWords.editor.snippets.add(panelWords.editor.snippets.names[id]), '', () => void addSnippet(id))),
    act('lens', t.lens, 'l', () => openOverlay('lens')),
    act('rules', t.rules, '', () => openOverlay('rules')),
    act('shell', t.shell, 'Ctrl `', () => openOverlay('shell')),
    act('next change', t.nextChange(selectedName), 'e', () => jumpChange(1)),
    act('previous change', t.previousChange(selectedName), 'E', () => jumpChange(-1)),
    act('bookmark', useBookmarks.getState().times.includes(Math.floor(useRun.getState().nowMs)) ? t.unbookmark : t.bookmark, 'b', toggleBookmark),
    act('zoom in', t.zoomIn, '', () => zoomKey(0.5, trackPx())),
    act('zoom out', t.zoomOut, '', () => zoomKey(2, trackPx())),
    act('zoom fit', t.zoomFit, '', () => setZoom(null)),
    ...exportKinds.map((kind) => act(`export ${kind}`, t.exports[kind], '', () => takeAlong(kind))),
    act('runs', t.runs, '', () => setUi({ lowerTab: 'runs', phoneTab: 'why' })),
    act('compare', t.compare, '', compareLatest),
    act('faults', t.faults, '', () => setUi({ dialog: 'faults' })),
    act('share', t.share, '', () => setUi({ dialog: 'share' })),
    act('present', t.present, 'P', () => setUi({ present: !useUi.getState().present })),
    act('keys', t.keys, '?', () => setUi({ dialog: 'keys' })),
  ];
  if (selected && 'name' in selected) out.unshift(act('why', t.why(selected.name), 'w', () => setUi({ lowerTab: 'inspector', phoneTab: 'why' })));
  return out;
}

function settings(): Item[] {
  const { theme, motion, singleKeys, language } = useUi.getState();
  const cluster = records.get('cluster');
  const mode = cluster?.type === 'cluster' ? cluster.proxyMode : null;
  const set = (id: string, name: string, fact: string, run: () => void): Item => ({
    id: `set ${id}`,
    group: 'set',
    name,
    fact,
    keys: '',
    family: null,
    act: run,
  });
  const out: Item[] = [];
  for (const value of modes)
    if (mode && value !== mode)
      out.push(
        set(`mode ${value}`, t.mode(value), t.now(mode), () => {
          session.command({ type: 'setOption', option: 'proxyMode', value }).catch(() => {});
        }),
      );
  for (const value of ['system', 'light', 'dark', 'contrast'] as const)
    if (value !== theme) out.push(set(`theme ${value}`, t.theme(t.themes[value]), t.now(t.themes[theme]), () => setUi({ theme: value })));
  for (const value of ['system', 'full', 'reduced'] as const)
    if (value !== motion) out.push(set(`motion ${value}`, t.motion(t.motions[value]), t.now(t.motions[motion]), () => setUi({ motion: value })));
  for (const [value, name] of Object.entries(languages))
    if (value !== language) out.push(set(`language ${value}`, t.language(name), t.now(languages[language]), () => setUi({ language: value as Language })));
  out.push(set('keys', t.singleKeys(!singleKeys), '', () => setUi({ singleKeys: !singleKeys })));
  return out;
}
