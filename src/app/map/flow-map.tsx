/** React Flow with the map's own cards and lines: it places, pans and zooms; nothing is dragged, connected or selected by it. */
import { type EdgeTypes, type NodeProps, type NodeTypes, ReactFlow, useStoreApi } from '@xyflow/react';
import { memo, type ReactNode, useMemo, useState } from 'react';
import type { ChannelEdge, FlowNode, Graph, VertexNode } from './flow.ts';
import { BusLine, Case, ChannelLine, Legend, Spot } from './ground.tsx';
import { fitted, margin, zoomLimits } from './look.ts';
import './flow.css';
import { Piece } from './pieces.tsx';
import type { Scene } from './scene.ts';
import { useNamed } from './veiled.ts';
import { type Pane, scaled } from './viewport.ts';

const Card = memo(function Card({ data, width, height }: NodeProps<VertexNode>) {
  return (
    <>
      <Spot />
      <div className={`place ${useNamed(data.piece.record)}`} style={{ width, height }}>
        <Piece piece={data.piece} />
      </div>
    </>
  );
});
const Port = (): ReactNode => <Spot />;

const nodeTypes: NodeTypes = { vertex: Card, pod: Card, line: BusLine, case: Case, legend: Legend, port: Port };
const edgeTypes: EdgeTypes = { channel: ChannelLine };
/** More nodes than this, and only those in sight are in the document. */
const manyNodes = 200;
/** CSS px that a press may move and still be a click. */
const slack = 4;
// React Flow is MIT; it is named in docs/licences.md.
const proOptions = { hideAttribution: true };
const leftButton = [0];

interface Props {
  graph: Graph;
  scene: Scene;
  pane: Pane;
  onMove(event: unknown): void;
  children: ReactNode;
}

export function FlowMap({ graph, scene, pane, onMove, children }: Props) {
  const { scale } = pane;
  const store = useStoreApi<FlowNode, ChannelEdge>();
  // Where it begins, before React Flow's own first effect: the first picture stands where it will stay.
  const [start] = useState(() => {
    const look = scaled(fitted(pane, scene), scale);
    store.setState({ transform: [look.x, look.y, look.zoom] });
    return look;
  });
  const extent = useMemo((): [[number, number], [number, number]] => {
    return [
      [-margin, -margin],
      [scene.width + margin, scene.height + margin],
    ];
  }, [scene.width, scene.height]);
  return (
    <ReactFlow<FlowNode, ChannelEdge>
      nodes={graph.nodes}
      edges={graph.edges}
      nodeTypes={nodeTypes}
      edgeTypes={edgeTypes}
      onlyRenderVisibleElements={graph.nodes.length > manyNodes}
      minZoom={zoomLimits.least * scale}
      maxZoom={zoomLimits.most * scale}
      defaultViewport={start}
      translateExtent={extent}
      onMove={onMove}
      panOnDrag={leftButton}
      paneClickDistance={slack}
      zoomOnDoubleClick={false}
      zIndexMode="manual"
      nodesDraggable={false}
      nodesConnectable={false}
      nodesFocusable={false}
      edgesFocusable={false}
      edgesReconnectable={false}
      elementsSelectable={false}
      autoPanOnNodeFocus={false}
      disableKeyboardA11y
      deleteKeyCode={null}
      selectionKeyCode={null}
      multiSelectionKeyCode={null}
      panActivationKeyCode={null}
      zoomActivationKeyCode={null}
      proOptions={proOptions}
    >
      {children}
    </ReactFlow>
  );
}
