/** Dragging, pinching and the wheel move a camera. A drag is no click. */
import type { Camera } from './camera.ts';

/** CSS px that a press may move and still be a click. */
const slack = 4;

/** A point of the window within an element, in the element's own px: Present enlarges the page. */
export function inPane(pane: HTMLElement, box: DOMRect, at: { clientX: number; clientY: number }): { x: number; y: number } {
  const scale = box.width / (pane.offsetWidth || 1) || 1;
  return { x: (at.clientX - box.left) / scale, y: (at.clientY - box.top) / scale };
}

export function listenToGestures(pane: HTMLElement, camera: Camera): () => void {
  const pointers = new Map<number, { x: number; y: number }>();
  let pressed: { x: number; y: number } | null = null;
  let dragging = false;
  const at = (event: { clientX: number; clientY: number }): { x: number; y: number } => {
    const box = pane.getBoundingClientRect();
    return inPane(pane, box, event);
  };
  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    pointers.set(event.pointerId, at(event));
    pressed = at(event);
    dragging = pointers.size > 1;
  };
  const move = (event: PointerEvent): void => {
    const before = pointers.get(event.pointerId);
    if (!before || !pressed) return;
    const now = at(event);
    if (!dragging) {
      if (Math.hypot(now.x - pressed.x, now.y - pressed.y) < slack) return;
      dragging = true;
      pane.setPointerCapture(event.pointerId);
      pane.classList.add('dragging');
    }
    if (pointers.size > 1) pinch(event.pointerId, before, now);
    else camera.pan(now.x - before.x, now.y - before.y);
    pointers.set(event.pointerId, now);
  };
  const pinch = (id: number, before: { x: number; y: number }, now: { x: number; y: number }): void => {
    const other = [...pointers].find(([key]) => key !== id)?.[1];
    if (!other) return;
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    camera.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
    const apart = Math.hypot(before.x - other.x, before.y - other.y);
    if (apart > 0) camera.zoomAt(Math.hypot(now.x - other.x, now.y - other.y) / apart, middle.x, middle.y);
  };
  const up = (event: PointerEvent): void => {
    pointers.delete(event.pointerId);
    if (pointers.size > 0) return;
    pressed = null;
    pane.classList.remove('dragging');
    // The click that follows belongs to the drag.
    if (dragging) setTimeout(() => (dragging = false));
  };
  const click = (event: MouseEvent): void => {
    if (dragging) event.stopPropagation();
  };
  const wheel = (event: WheelEvent): void => {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 25 : event.deltaMode === 2 ? 500 : 1;
    const { x, y } = at(event);
    camera.zoomAt(2 ** (-event.deltaY * unit * (event.ctrlKey ? 0.01 : 0.002)), x, y);
  };
  pane.addEventListener('pointerdown', down);
  pane.addEventListener('pointermove', move);
  pane.addEventListener('pointerup', up);
  pane.addEventListener('pointercancel', up);
  pane.addEventListener('click', click, true);
  pane.addEventListener('wheel', wheel, { passive: false });
  return () => {
    pane.removeEventListener('pointerdown', down);
    pane.removeEventListener('pointermove', move);
    pane.removeEventListener('pointerup', up);
    pane.removeEventListener('pointercancel', up);
    pane.removeEventListener('click', click, true);
    pane.removeEventListener('wheel', wheel);
  };
}
