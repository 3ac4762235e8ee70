/** The map: a graph of vertices placed by hand from design/map.json, that is panned and zoomed; over it the messages on their way. */
import { ReactFlowProvider } from '@xyflow/react';
import { type KeyboardEvent, type MouseEvent, type PointerEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { SceneName } from '../../core/index.ts';
import type { DotsProps, Hits } from '../dots/dots-over-map.tsx';
import { late } from '../late.tsx';
import { useVeil } from '../lesson/veil.ts';
import { details } from '../load-details.ts';
import { dots } from '../load-dots.ts';
import { openScene, opensAt, origin } from '../scenes/opened.ts';
import { useReducedMotion } from '../state/motion.ts';
import { select, setUi, useUi } from '../state/ui.ts';
import { words } from '../words/en.ts';
import { Cut, useCut } from './cut.ts';
import { type Graph, graphOf } from './flow.ts';
import { FlowMap } from './flow-map.tsx';
import { fullFrom } from './look.ts';
import './map.css';
import { nearest } from './nearest.ts';
import { useNodes } from './nodes.ts';
import { type PieceData, piecesOf } from './pieces.tsx';
import { type PodLayout, podChannels } from './pod-places.ts';
import { clusterScene, type Scene, sceneFor, sceneNamed, withoutVertex } from './scene.ts';
import { usePodLayout } from './use-pod-layout.ts';
import { Clear, useClear } from './veiled.ts';
import { useRoving } from './vertex.tsx';
import { type Pane, useViewport } from './viewport.ts';

const OpenedScene = late<{ scene: SceneName; width: number; height: number }>(() => details().then((chunk) => chunk.OpenedScene));
const DotsOverMap = late<DotsProps>(() => dots().then((chunk) => chunk.DotsOverMap));

/** Below this zoom the whole cluster is shown. */
const clusterBelow = { enter: 0.6, leave: 0.64 };

interface PaneProps {
  width: number;
  height: number;
  /** How much larger the page is drawn than it is laid out (Present). */
  scale?: number;
}

export function MapPane({ width, height, scale = 1 }: PaneProps) {
  const { names, glass, second } = useNodes();
  const [far, setFar] = useState(false);
  const usual = sceneFor(width, height, names.length);
  const sceneName = far && usual === 'wide' ? 'cluster' : usual;
  const nodeNames = names.join();
  const scene = useMemo(() => {
    const full = sceneName === 'cluster' ? clusterScene(nodeNames.split(',').filter(Boolean)) : sceneNamed(sceneName);
    return second === '' ? withoutVertex(full, 'worker-2') : full;
  }, [sceneName, nodeNames, second]);
  const inside = useRef(false);
  // The density follows once the pointer has left.
  const [, settle] = useState(0);
  const layout = usePodLayout(scene, glass, inside);
  const pieces = useMemo(() => piecesOf(scene, layout, glass, second), [scene, layout, glass, second]);
  const before = useRef<Graph | null>(null);
  const graph = useMemo(() => {
    before.current = graphOf(scene, pieces, layout ? podChannels(scene, layout) : [], before.current);
    return before.current;
  }, [scene, layout, pieces]);

  useEffect(() => {
    if (!pieces.some((piece) => piece.id === useRoving.getState().at)) useRoving.setState({ at: pieces[0]?.id ?? '' });
  }, [pieces]);

  const opened = useUi((ui) => ui.opened);
  return (
    <>
      <Cut value={useCut(glass)}>
        <ReactFlowProvider
          initialNodes={graph.nodes}
          initialEdges={graph.edges}
          initialWidth={width * scale}
          initialHeight={height * scale}
          zIndexMode="manual"
        >
          <Interactive
            pane={{ width, height, scale }}
            scene={scene}
            layout={layout}
            glass={glass}
            graph={graph}
            pieces={pieces}
            onZoom={(zoom) => setFar((was) => zoom < (was ? clusterBelow.leave : clusterBelow.enter))}
            onInside={(now) => {
              inside.current = now;
              if (!now) settle((n) => n + 1);
            }}
          />
        </ReactFlowProvider>
      </Cut>
      {opened && <OpenedScene key={opened} scene={opened} width={width} height={height} />}
    </>
  );
}

interface Props {
  pane: Pane;
  scene: Scene;
  layout: PodLayout | null;
  glass: string;
  graph: Graph;
  pieces: readonly PieceData[];
  onZoom(zoom: number): void;
  onInside(inside: boolean): void;
}

/** What pointer and keys do on the graph, and the dots over it. */
function Interactive({ pane, scene, layout, glass, graph, pieces, onZoom, onInside }: Props) {
  const { width, height, scale } = pane;
  const view = useViewport(pane, scene);
  const opened = useUi((ui) => ui.opened);
  const pointer = useRef({ x: 0, y: 0, over: false });
  const root = useRef<HTMLDivElement>(null);
  const hits = useRef<Hits | null>(null);
  const zoomedFrom = useRef(1);
  useEffect(
    () =>
      view.subscribe(() => {
        const { zoom } = view.look;
        const before = zoomedFrom.current;
        zoomedFrom.current = zoom;
        const map = root.current;
        if (!map || zoom < opensAt || before >= opensAt || useUi.getState().opened) return;
        const box = map.getBoundingClientRect();
        const at = pointer.current.over ? pointer.current : { x: box.left + box.width / 2, y: box.top + box.height / 2 };
        const card = document.elementFromPoint(at.x, at.y)?.closest<HTMLElement>('[data-record]') ?? null;
        if (card && openScene(card.dataset.record ?? '', card)) requestAnimationFrame(() => view.fit(0));
      }),
    [view],
  );
  const wasOpened = useRef('');
  useEffect(() => {
    if (wasOpened.current && !opened && origin) vertexElement(root.current, origin.vertex)?.focus({ preventScroll: true });
    wasOpened.current = opened;
  }, [opened]);
  const told = useRef(onZoom);
  told.current = onZoom;
  useLayoutEffect(
    () =>
      view.subscribe(() => {
        const { zoom } = view.look;
        const titles = zoom < fullFrom - 0.001 && (scene.name === 'wide' || scene.name === 'cluster');
        if (root.current) {
          root.current.dataset.level = titles ? 'titles' : 'full';
          root.current.style.setProperty('--zoom', String(zoom));
        }
        told.current(zoom);
      }),
    [view, scene.name],
  );

  const reduced = useReducedMotion();
  const veiled = useVeil((veil) => veil.clear !== null);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const current = pieces.find((piece) => piece.id === (event.target as HTMLElement).dataset?.vertex);
    const ms = reduced ? 0 : 160;
    if (event.key.startsWith('Arrow')) {
      const next = nearest(pieces.filter((piece) => piece.kind !== 'vanished').map(placed), current && placed(current), event.key);
      if (next) vertexElement(root.current, next)?.focus({ preventScroll: true });
    } else if (event.key === '0') view.fit(ms);
    else if (event.key === '+' || event.key === '=') view.zoomBy(1.25, ms);
    else if (event.key === '-') view.zoomBy(0.8, ms);
    else if (event.shiftKey && event.code === 'Digit2') {
      const { selectedId } = useUi.getState();
      const chosen = pieces.find((piece) => piece.record === selectedId);
      if (chosen) view.show(chosen.rect, reduced ? 0 : 240);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const dotAt = (event: PointerEvent | MouseEvent): number => {
    const box = root.current?.getBoundingClientRect();
    return (box && hits.current?.at(event.clientX - box.left, event.clientY - box.top)) || 0;
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of vertices, not of form fields.
    <div
      ref={root}
      className={`map scene-${scene.name} ${opened ? 'away' : ''} ${reduced ? 'still' : ''} ${veiled ? 'veiled' : ''}`}
      style={scale === 1 ? {} : { zoom: 1 / scale }}
      inert={opened !== ''}
      role="group"
      aria-label={words.map.label}
      aria-describedby="map-keys"
      onKeyDown={onKeyDown}
      onPointerEnter={() => onInside(true)}
      onPointerLeave={() => {
        onInside(false);
        pointer.current.over = false;
        setUi({ hoveredId: '' });
        hits.current?.hover(0);
      }}
      onPointerMove={(event) => {
        pointer.current = { x: event.clientX, y: event.clientY, over: true };
        if (event.pointerType === 'mouse' && event.buttons === 0) hits.current?.hover(dotAt(event));
      }}
      onClickCapture={(event) => {
        const seq = dotAt(event);
        if (!seq) return;
        event.stopPropagation();
        setUi({ focusedSeq: seq, lowerTab: 'messages' });
      }}
      onClick={() => select('')}
    >
      <span id="map-keys" className="unseen">
        {words.map.keys}
      </span>
      <Clear value={useClear()}>
        <FlowMap graph={graph} scene={scene} pane={pane} onMove={view.moved}>
          {!opened && <DotsOverMap width={width * scale} height={height * scale} view={view} scene={scene} layout={layout} glass={glass} hits={hits} />}
        </FlowMap>
      </Clear>
    </div>
  );
}

const vertexElement = (root: HTMLElement | null, vertex: string): HTMLElement | null | undefined =>
  root?.querySelector<HTMLElement>(`[data-vertex="${CSS.escape(vertex)}"]`);
const placed = (piece: PieceData) => ({ id: piece.id, ...piece.rect });
