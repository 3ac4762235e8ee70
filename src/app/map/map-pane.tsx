/** The map: vertices placed by hand from design/map.json, in a view that is panned and zoomed. */
import { type Node, type NodeProps, ReactFlow, ReactFlowProvider, useReactFlow } from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { type KeyboardEvent, type MouseEvent, memo, type PointerEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { DotsLayer } from '../dots/dots-layer.tsx';
import { dots } from '../dots/engine.ts';
import { useReducedMotion } from '../state/motion.ts';
import { useRecords } from '../state/records.ts';
import { useRun } from '../state/run.ts';
import { select, setUi, useUi } from '../state/ui.ts';
import { words } from '../words/en.ts';
import { Backdrop } from './backdrop.tsx';
import { ComponentCard, KernelCard, NodeCard, NodeGrid, NodeLabel, NotReady, OutsideCard, Port } from './cards.tsx';
import './map.css';
import { nearest } from './nearest.ts';
import { useNodes } from './nodes.ts';
import { PodCard } from './pod-card.tsx';
import { podChannels } from './pod-places.ts';
import { type Channel, clusterScene, type Density, type Rect, type Scene, sceneFor, sceneNamed } from './scene.ts';
import { usePodLayout } from './use-pod-layout.ts';
import { recordOf } from './vertices.ts';
import { useRoving } from './vertex.tsx';

export function MapPane(size: { width: number; height: number }) {
  return (
    <ReactFlowProvider>
      <MapView {...size} />
    </ReactFlowProvider>
  );
}

type Data =
  | { kind: 'backdrop'; scene: Scene; taps: readonly Channel[] }
  | { kind: 'vertex'; vertex: string; record: string; lines: number; narrow: boolean }
  | { kind: 'pod'; id: string; density: Density['name']; portrait: boolean }
  | { kind: 'vanished' };
type MapNode = Node<Data & Record<string, unknown>, 'map'>;

const pieces: Record<string, typeof ComponentCard> = {
  registry: OutsideCard, loadBalancer: OutsideCard, client: OutsideCard, 'worker-1/label': NodeLabel, 'worker-2': NodeCard, eth0: Port, notReady: NotReady,
  cgroups: KernelCard, routes: KernelCard, conntrack: KernelCard, netfilter: KernelCard,
};

const MapPiece = memo(function MapPiece({ data }: NodeProps<MapNode>) {
  if (data.kind === 'backdrop') return <Backdrop scene={data.scene} taps={data.taps} />;
  if (data.kind === 'vanished') return <div className="vertex card vanished" />;
  if (data.kind === 'pod') return <PodCard id={data.id} density={data.density} portrait={data.portrait} />;
  const Piece = data.vertex.startsWith('node:') ? NodeGrid : (pieces[data.vertex] ?? ComponentCard);
  return <Piece vertex={data.vertex} record={data.record} lines={data.lines} narrow={data.narrow} />;
});
const nodeTypes = { map: MapPiece };

/** No cards: areas, and what the backdrop draws. */
const notCards: ReadonlySet<string> = new Set(['worker-1', 'pods', 'kernel', 'legend']);

function linesIn(scene: Scene, vertex: string, r: Rect): number {
  if (r.height < 32) return 0;
  if (scene.name === 'portrait' || scene.name === 'small') return 1;
  if (vertex === 'notReady') return 5;
  return Math.max(1, Math.floor((r.height - 30) / 17));
}

function piece(id: string, r: Rect, data: Data, zIndex = 1): MapNode {
  return { id, type: 'map', position: { x: r.x, y: r.y }, width: r.width, height: r.height, data, zIndex, draggable: false, selectable: false, focusable: false };
}

function MapView({ width, height }: { width: number; height: number }) {
  const { names, glass, second } = useNodes();
  const [far, setFar] = useState(false);
  const usual = sceneFor(width, height, names.length);
  const sceneName = far && usual === 'wide' ? 'cluster' : usual;
  const nodeNames = names.join();
  const scene = useMemo(
    () => (sceneName === 'cluster' ? clusterScene(nodeNames.split(',').filter(Boolean)) : sceneNamed(sceneName)),
    [sceneName, nodeNames],
  );
  const inside = useRef(false);
  const layout = usePodLayout(scene, glass, inside);
  const portrait = scene.name === 'portrait';
  const taps = useMemo(() => (layout ? podChannels(scene, layout) : []), [scene, layout]);
  const shown = useMemo(() => (second === '' ? without(scene, 'worker-2') : scene), [scene, second]);

  const nodes = useMemo(() => {
    const out: MapNode[] = [piece('backdrop', { x: 0, y: 0, width: scene.width, height: scene.height }, { kind: 'backdrop', scene: shown, taps }, 0)];
    for (const [vertex, r] of Object.entries(shown.vertices)) {
      if (notCards.has(vertex) || (vertex === 'eth0' && r.width < 20)) continue;
      out.push(piece(vertex, r, { kind: 'vertex', vertex, record: recordOf(vertex, glass, second), lines: linesIn(scene, vertex, r), narrow: r.width < 120 }));
    }
    for (const place of layout?.places ?? [])
      out.push(piece(place.id, place.rect, place.vanished ? { kind: 'vanished' } : { kind: 'pod', id: place.id, density: (layout as NonNullable<typeof layout>).density.name, portrait }));
    return out;
  }, [scene, shown, taps, layout, glass, second, portrait]);

  const allPods = useRecords('pod');
  useEffect(() => {
    const nodeOf = new Map(allPods.map((pod) => [pod.id, pod.node]));
    dots.place(shown, layout, glass, (id) => nodeOf.get(id) ?? '');
  }, [shown, layout, glass, allPods]);

  const flow = useReactFlow();
  const root = useRef<HTMLDivElement>(null);
  const moved = useRef(false);
  const reduced = useReducedMotion();
  const fit = useCallback(
    (animate: boolean) => {
      const zoom = Math.min(width / scene.width, height / scene.height, 1.5);
      moved.current = false;
      flow.setViewport({ x: (width - scene.width * zoom) / 2, y: (height - scene.height * zoom) / 2, zoom }, { duration: animate && !reduced ? 240 : 0 });
    },
    [flow, width, height, scene.width, scene.height, reduced],
  );
  useEffect(() => {
    if (!moved.current) fit(false);
  }, [fit]);
  const onMove = useCallback(
    (_event: unknown, { zoom }: { zoom: number }) => {
      const element = root.current;
      if (element) {
        element.dataset.level = zoom < 0.92 - 0.003 && (sceneName === 'wide' || sceneName === 'cluster') ? 'titles' : 'full';
        element.style.setProperty('--zoom', String(zoom));
      }
      setFar((before) => (before ? zoom < 0.64 : zoom < 0.6));
    },
    [sceneName],
  );
  useEffect(() => onMove(null, flow.getViewport()), [onMove, flow]);

  useEffect(() => {
    const at = useRoving.getState().at;
    if (!nodes.some((node) => node.id === at)) useRoving.setState({ at: nodes[1]?.id ?? '' });
  }, [nodes]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = (event.target as HTMLElement).dataset?.vertex;
    const current = nodes.find((node) => node.id === at);
    if (event.key.startsWith('Arrow')) {
      const next = nearest(nodes.filter((n) => n.data.kind !== 'backdrop' && n.data.kind !== 'vanished').map(rectOf), current && rectOf(current), event.key);
      if (next) root.current?.querySelector<HTMLElement>(`[data-vertex="${CSS.escape(next)}"]`)?.focus({ preventScroll: true });
    } else if ((event.key === 'Enter' || event.key === ' ') && at) {
      if (event.key === ' ') return;
      select(String(current?.data.kind === 'pod' ? current.data.id : current?.data.record));
    } else if (event.key === '0') fit(true);
    else if (event.key === '+' || event.key === '=') zoomBy(1.25);
    else if (event.key === '-') zoomBy(0.8);
    else if (event.key === '@' || (event.shiftKey && event.code === 'Digit2')) zoomToSelection();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const duration = reduced ? 0 : 120;
  const zoomBy = (factor: number): void => {
    moved.current = true;
    flow.zoomTo(flow.getZoom() * factor, { duration });
  };
  const zoomToSelection = (): void => {
    const id = useUi.getState().selectedId;
    const node = nodes.find((n) => n.id === id || (n.data.kind === 'vertex' && n.data.record === id));
    if (!node) return;
    moved.current = true;
    const r = rectOf(node);
    flow.setCenter(r.x + r.width / 2, r.y + r.height / 2, { zoom: Math.min(1.7, Math.max(1.2, flow.getZoom())), duration: reduced ? 0 : 240 });
  };

  const dotAt = (event: PointerEvent | MouseEvent): number => {
    const box = root.current?.getBoundingClientRect();
    return box ? dots.hit(event.clientX - box.left, event.clientY - box.top, flow.getViewport()) : 0;
  };
  const health = useRun((run) => run.health.state);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of vertices, not of form fields.
    <div
      ref={root}
      className={`map scene-${scene.name} ${health === 'starting' && nodes.length < 3 ? 'starting' : ''}`}
      role="group"
      aria-label={words.map.label}
      aria-describedby="map-keys"
      data-level="full"
      onKeyDown={onKeyDown}
      onPointerEnter={() => {
        inside.current = true;
      }}
      onPointerLeave={() => {
        inside.current = false;
        setUi({ hoveredId: '' });
        dots.hover(0);
      }}
      onPointerMove={(event) => {
        if (event.pointerType === 'mouse') dots.hover(dotAt(event));
      }}
      onClickCapture={(event) => {
        const seq = dotAt(event);
        if (!seq) return;
        event.stopPropagation();
        setUi({ focusedSeq: seq, lowerTab: 'messages' });
      }}
    >
      <span id="map-keys" className="unseen">
        {words.map.keys}
      </span>
      <ReactFlow<MapNode>
        nodes={nodes}
        edges={noEdges}
        nodeTypes={nodeTypes}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        zoomOnDoubleClick={false}
        disableKeyboardA11y
        deleteKeyCode={null}
        selectionKeyCode={null}
        multiSelectionKeyCode={null}
        panActivationKeyCode={null}
        zoomActivationKeyCode={null}
        minZoom={0.3}
        maxZoom={3}
        translateExtent={[
          [-120, -120],
          [scene.width + 120, scene.height + 120],
        ]}
        onMove={onMove}
        onMoveStart={(event) => {
          if (event) moved.current = true;
        }}
        onPaneClick={() => select('')}
      />
      <DotsLayer width={width} height={height} />
    </div>
  );
}

const noEdges: never[] = [];
const rectOf = (node: MapNode): Rect & { id: string } => ({ id: node.id, x: node.position.x, y: node.position.y, width: node.width ?? 0, height: node.height ?? 0 });

function without(scene: Scene, vertex: string): Scene {
  const { [vertex]: _gone, ...vertices } = scene.vertices;
  const channels = scene.channels.filter((c) => !c.id.endsWith(`/${vertex}`));
  return { ...scene, vertices, channels };
}
