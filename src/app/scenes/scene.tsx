/** An opened component: its card has grown to the frame. Loaded when the first one is opened. */
import { useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import type { SceneName } from '../../core/index.ts';
import type { Frame } from '../../session/protocol.ts';
import { DotsLayer } from '../dots/dots-layer.tsx';
import { Dots } from '../dots/engine.ts';
import { useReducedMotion } from '../state/motion.ts';
import { records, useRecord } from '../state/records.ts';
import { session } from '../state/session.ts';
import { setUi, useUi } from '../state/ui.ts';
import { words } from '../words/en.ts';
import { sceneWords } from '../words/scenes.en.ts';
import { KernelScene } from './kernel.tsx';
import { KubeletScene } from './kubelet.tsx';
import { leavesBelow, origin } from './opened.ts';
import { type PictureName, passes, pictureOf, routerIn } from './picture.ts';
import { RuntimeScene } from './runtime.tsx';
import './scenes.css';

/** Text is never smaller than on the map. */
const leastScale = 0.917;
const mostScale = 1.5;
const growMs = 240;

export function OpenedScene({ scene, width, height }: { scene: SceneName; width: number; height: number }) {
  const slash = scene.lastIndexOf('/');
  const node = scene.slice(0, slash);
  const name = scene.slice(slash + 1) as PictureName;
  const record = useRecord(`scene/${scene}`);
  const about = useUi((ui) => (ui.selectedId.startsWith('pod/') ? ui.selectedId : ''));
  const seq = useUi((ui) => ui.focusedSeq);
  useEffect(() => session.watch({ scene, about, seq }), [scene, about, seq]);
  useEffect(() => () => session.watch(null), []);

  const picture = pictureOf(name);
  const scale = Math.max(leastScale, Math.min(width / picture.width, height / picture.height, mostScale));
  const dots = useMemo(() => {
    const own = new Dots(records);
    own.use(routerIn(picture));
    return own;
  }, [picture]);
  useEffect(() => () => dots.clear(), [dots]);
  const view = useMemo(() => ({ drawn: { x: 0, y: 0, zoom: scale }, subscribe: () => () => {} }), [scale]);
  const heard = useMemo(
    () =>
      (frame: Frame): Frame => ({ ...frame, rates: [], messages: frame.messages.map((m) => ({ ...m, path: passes(name, node, m) })) }),
    [name, node],
  );

  const root = useRef<HTMLDivElement>(null);
  const reduced = useReducedMotion();
  // biome-ignore lint/correctness/useExhaustiveDependencies: it grows once, when it is opened.
  useLayoutEffect(() => {
    const element = root.current;
    element?.focus({ preventScroll: true });
    if (!element || !origin || reduced || !element.animate) return;
    const from = `translate(${origin.x}px, ${origin.y}px) scale(${origin.width / width}, ${origin.height / height})`;
    element.animate(
      [
        { transform: from, opacity: 0.2 },
        { transform: 'none', opacity: 1 },
      ],
      { duration: growMs, easing: 'cubic-bezier(.4, 0, .2, 1)' },
    );
  }, [scene]);
  useEffect(() => listenForLeaving(root.current), []);

  const title = words.scenes[name];
  const size = { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of parts, not of form fields.
    <div ref={root} className={`scene scene-of-${name}`} role="group" aria-label={sceneWords.label(title, node)} tabIndex={-1}>
      <div className="s-size" style={{ ...size, margin: `${Math.max(0, (height - size.height) / 2)}px auto 0` }}>
        <div className="s-layer" style={{ width: picture.width, height: picture.height, transform: `scale(${scale})` }}>
          {record?.type === 'kubeletScene' && <KubeletScene record={record} />}
          {record?.type === 'runtimeScene' && <RuntimeScene record={record} />}
          {record?.type === 'kernelScene' && <KernelScene record={record} />}
          {!record && <p className="s-loading">{sceneWords.loading}</p>}
          {record && 'up' in record && !record.up && <p className="s-down">{sceneWords.stopped}</p>}
        </div>
        <DotsLayer width={size.width} height={size.height} dots={dots} view={view} heard={heard} />
      </div>
    </div>
  );
}

/** Zooming out far enough goes back to the map. */
function listenForLeaving(element: HTMLElement | null): (() => void) | undefined {
  if (!element) return undefined;
  let zoom = 1;
  const leave = (): void => setUi({ opened: '' });
  const wheel = (event: WheelEvent): void => {
    const inner = (event.target as HTMLElement).closest('.s-scroll, .s-rows');
    const scrolls = (e: Element): boolean => e.scrollHeight > e.clientHeight + 1;
    if (!event.ctrlKey && ((inner && scrolls(inner)) || scrolls(element))) return;
    event.preventDefault();
    zoom = Math.min(1, zoom * 2 ** (-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)));
    if (zoom < leavesBelow) leave();
  };
  const key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || (event.key !== '-' && event.key !== '0')) return;
    event.preventDefault();
    event.stopPropagation();
    leave();
  };
  element.addEventListener('wheel', wheel, { passive: false });
  element.addEventListener('keydown', key);
  return () => {
    element.removeEventListener('wheel', wheel);
    element.removeEventListener('keydown', key);
  };
}
