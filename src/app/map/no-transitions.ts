/**
 * Stands for d3-transition and d3-interpolate, which d3-zoom and React Flow bring along for what moves by itself. On the map that is the viewport
 * alone, and `viewport.ts` moves it: no transition is ever made, so none is to be interrupted.
 */
import { selection } from 'd3-selection';

const nothing = (): void => {};

Object.assign(selection.prototype, {
  interrupt(this: unknown) {
    return this;
  },
});

export { nothing as interpolate, nothing as interpolateZoom, nothing as interrupt };
